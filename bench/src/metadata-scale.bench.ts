// Millions of partitions in the metadata of a cluster: what they cost to create, to keep, to load and to lead anew.
// node bench/src/metadata-scale.bench.ts [--topics 20000] [--partitions 100] [--directory DIR]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomUuid } from "@millrace/controller";
import { ControllerService } from "@millrace/proto/controller";
import type { Voter } from "@millrace/raft";
import { CryptoRandom, GrpcChannel } from "@millrace/runtime-node";
import type { BrokerReady, Counts, Step } from "./metadata-scale/broker-process.ts";
import { Child } from "./metadata-scale/child.ts";
import type {
  ControllerProcessOptions,
  ControllerReady,
  SnapshotWritten,
} from "./metadata-scale/controller-process.ts";
import type { ProcessMeasures } from "./metadata-scale/process-measures.ts";

const { values } = parseArgs({
  options: {
    topics: { type: "string", default: "20000" },
    partitions: { type: "string", default: "100" },
    directory: { type: "string", default: tmpdir() },
    profile: { type: "boolean", default: false },
  },
});
const topics = Number(values.topics);
const partitions = Number(values.partitions);
const clusterId = randomUuid(new CryptoRandom());
const topicsPerRequest = Math.max(1, Math.floor(10_000 / partitions));
const requestsInFlight = 4;
const directory = await mkdtemp(join(values.directory, "metadata-scale-"));

const print = (line: Record<string, unknown>): void =>
  console.log(
    JSON.stringify(line, (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value)),
  );
const execArgv = [
  "--expose-gc",
  ...(values.profile ? ["--cpu-prof", `--cpu-prof-dir=${values.directory}`] : []),
];

const voters: Voter[] = [
  { id: 1, directoryId: randomUuid(new CryptoRandom()), endpoint: { host: "127.0.0.1", port: 19_194 } },
];
const controllerOptions = (nodeId: number): ControllerProcessOptions => ({
  nodeId,
  clusterId,
  directory: join(directory, `controller-${nodeId}`),
  voters,
});
const startController = (nodeId: number) =>
  Child.start<ControllerReady>("./controller-process.ts", controllerOptions(nodeId), { execArgv });
const directoryIds = [1, 2, 3].map(() => randomUuid(new CryptoRandom()));
const startBroker = (brokerId: number) =>
  Child.start<BrokerReady>(
    "./broker-process.ts",
    {
      brokerId,
      clusterId,
      directoryId: directoryIds[brokerId - 1],
      controllers: voters.map(({ endpoint }) => endpoint),
    },
    { execArgv },
  );

async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const children: Child[] = [];
try {
  let { child: controller } = await startController(1);
  children.push(controller);
  const brokers: Child[] = [];
  for (const id of [1, 2, 3]) {
    const { child } = await startBroker(id);
    brokers.push(child);
    children.push(child);
    await child.ask("join");
  }
  const measureAll = async (step: string): Promise<void> => {
    const of = (child: Child) => child.ask<ProcessMeasures>("measure");
    print({
      step,
      controller: await of(controller),
      brokers: await Promise.all(brokers.map(of)),
    });
  };
  /** Resolves when every broker has applied `offset`, with when the last one had. */
  const caughtUp = async (offset: number): Promise<number> => {
    const steps = await Promise.all(
      brokers.map((broker) =>
        until(
          () => broker.ask<Step>("lastStep"),
          (step) => step.offset >= offset,
        ),
      ),
    );
    return Math.max(...steps.map(({ at }) => at));
  };
  await measureAll("empty");

  const peer = { kind: "role", role: "coordinator", nodeId: 9, clusterId, address: "bench" } as const;
  const channel = new GrpcChannel({ ...voters[0]!.endpoint, peer });
  const admin = channel.client(ControllerService);
  const createFrom = performance.now();
  let next = 0;
  let metadataOffset = 0;
  const creator = async (): Promise<void> => {
    while (next < topics) {
      const count = Math.min(topicsPerRequest, topics - next);
      const first = next;
      next += count;
      const names = Array.from({ length: count }, (_, i) => `topic-${first + i}`);
      const answer = await admin.createTopics({
        topics: names.map((name) => ({ name, partitions, replicationFactor: 3 })),
      });
      const failed = answer.topics.find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(`${failed.name}: ${failed.error?.message}`);
      metadataOffset = Math.max(metadataOffset, Number(answer.metadataOffset));
    }
  };
  await Promise.all(Array.from({ length: requestsInFlight }, creator));
  const createdMs = performance.now() - createFrom;
  await caughtUp(metadataOffset);
  const publishedMs = performance.now() - createFrom;
  const total = topics * partitions;
  print({
    step: "create",
    partitions: total,
    createdMs,
    publishedMs,
    createdPerSecond: (total / createdMs) * 1_000,
    publishedPerSecond: (total / publishedMs) * 1_000,
  });
  await measureAll("created");
  for (const child of children) await child.ask("collectGarbage");
  await measureAll("created, garbage collected");

  print({ step: "snapshot written", ...(await controller.ask<SnapshotWritten>("writeSnapshot")) });
  await measureAll("while the snapshot was written");

  for (const broker of brokers) await broker.ask("forgetFencing");
  const before = await brokers[0]!.ask<Counts>("countThird");
  const killedAt = Date.now();
  await brokers.pop()!.kill();
  const fencedAts = await Promise.all(
    brokers.map((broker) =>
      until(
        () => broker.ask<number | null>("thirdFencedAt"),
        (at) => at !== null,
      ),
    ),
  );
  const fencedAt = Math.min(...fencedAts.map(Number));
  await until(
    () => controller.ask<boolean>("leadersSettled"),
    (settled) => settled,
  );
  const publishedAt = await caughtUp(await controller.ask<number>("offset"));
  const after = await brokers[0]!.ask<Counts>("countThird");
  if (after.ledBy > 0 || after.leaderless > 0 || after.inSyncWith > 0) {
    throw new Error(`not all leaders were moved: ${JSON.stringify(after)}`);
  }
  print({
    step: "broker fenced",
    leaderChanges: before.ledBy,
    partitionChanges: before.inSyncWith,
    detectedMs: fencedAt - killedAt,
    committedAndPublishedMs: publishedAt - fencedAt,
  });
  await measureAll("while leaders moved");

  await brokers[0]!.kill();
  const restarted = await startBroker(1);
  children.push(restarted.child);
  brokers[0] = restarted.child;
  print({ step: "snapshot loaded from the feed by a broker", ...restarted.ready });
  await measureAll("while a broker loaded the snapshot");
  print({ step: "its new incarnation in service", joinMs: await restarted.child.ask<number>("join") });
  await measureAll("while it came into service");

  const failoverFrom = performance.now();
  await controller.kill();
  const again = await startController(1);
  controller = again.child;
  children.push(controller);
  const servingMs = performance.now() - failoverFrom;
  await admin.createTopics({ topics: [{ name: "after-failover", partitions: 1, replicationFactor: 1 }] });
  print({
    step: "controller restarted",
    ...again.ready,
    servingMs,
    acknowledgedMs: performance.now() - failoverFrom,
  });
  await measureAll("after the restart");
  await channel.close();
} finally {
  for (const child of children) await child.end();
  await rm(directory, { recursive: true, force: true });
}
