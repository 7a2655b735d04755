// Millions of partitions in the metadata of a cluster: what they cost to create, to keep, to load and to lead anew.
// node bench/src/metadata-scale.bench.ts [--topics 20000] [--partitions 100] [--controllers 3] [--directory DIR]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ControllerService } from "@millrace/proto/controller";
import { ApiError, errorTable } from "@millrace/runtime";
import type { Counts, ThirdBroker } from "./metadata-scale/broker-process.ts";
import { Cluster } from "./metadata-scale/cluster.ts";
import type { SnapshotWritten } from "./metadata-scale/controller-process.ts";
import { until } from "./metadata-scale/until.ts";

const { values } = parseArgs({
  options: {
    topics: { type: "string", default: "20000" },
    partitions: { type: "string", default: "100" },
    controllers: { type: "string", default: "3" },
    failovers: { type: "string", default: "3" },
    directory: { type: "string", default: tmpdir() },
    profile: { type: "boolean", default: false },
  },
});
const topics = Number(values.topics);
const partitions = Number(values.partitions);
const controllers = Number(values.controllers);
const requestsInFlight = 4;

const directory = await mkdtemp(join(values.directory, "metadata-scale-"));
const profile = values.profile ? ["--cpu-prof", `--cpu-prof-dir=${values.directory}`] : [];
const cluster = new Cluster({
  directory,
  controllers,
  brokers: 3,
  snapshotEveryBytes: 16 * 1024 * 1024,
  execArgv: profile,
});
const channel = cluster.channel();
const admin = channel.client(ControllerService);

function print(step: string, figures: object): void {
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  console.log(JSON.stringify({ step, ...figures }, rounded));
}

/** With the memory and the stalls of every process since the last step. */
async function printMeasured(step: string, figures: object): Promise<void> {
  print(step, { ...figures, processes: await cluster.measure() });
}

let retries = 0;

/** As a client does it that does not give up; resolves with an offset at which the topics are there. */
async function createTopics(names: readonly string[]): Promise<number> {
  for (;;) {
    try {
      const { topics: created, metadataOffset } = await admin.createTopics({
        topics: names.map((name) => ({ name, partitions, replicationFactor: 3 })),
      });
      // An attempt whose outcome nobody told may have made them.
      const exists = errorTable.TOPIC_ALREADY_EXISTS.code;
      const failed = created.find(({ error }) => error !== undefined && error.code !== exists);
      if (failed !== undefined) throw new Error(`${failed.name}: ${failed.error?.message}`);
      return Number(metadataOffset);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      retries++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function createAll(): Promise<void> {
  const topicsPerRequest = Math.max(1, Math.floor(10_000 / partitions));
  const from = performance.now();
  let next = 0;
  let lastOffset = 0;
  const creator = async (): Promise<void> => {
    while (next < topics) {
      const first = next;
      next = Math.min(topics, next + topicsPerRequest);
      const names = Array.from({ length: next - first }, (_, i) => `topic-${first + i}`);
      lastOffset = Math.max(lastOffset, await createTopics(names));
    }
  };
  await Promise.all(Array.from({ length: requestsInFlight }, creator));
  const createdMs = performance.now() - from;
  await cluster.brokersApplied(lastOffset);
  const publishedMs = performance.now() - from;
  const total = topics * partitions;
  const createdPerSecond = Math.round((total / createdMs) * 1_000);
  const { child: active } = await cluster.active();
  const term = await active.ask<number>("term");
  await printMeasured("create", {
    partitions: total,
    createdMs,
    publishedMs,
    createdPerSecond,
    retries,
    term,
  });
}

async function writeSnapshot(): Promise<void> {
  const { child } = await cluster.active();
  const written = await child.ask<SnapshotWritten>("writeSnapshot");
  await printMeasured("the active controller writes a snapshot", written);
}

/** Kills the broker that leads a third of the partitions. */
async function fenceBroker(): Promise<void> {
  const [brokerId, { child: active }] = [3, await cluster.active()];
  const before = await cluster.brokers.get(brokerId)!.ask<Counts>("countThird");
  for (const broker of cluster.brokers.values()) await broker.ask("watchThird");
  await cluster.measure();
  const killedAt = Date.now();
  await cluster.killBroker(brokerId);
  const seen = [...cluster.brokers.values()].map((broker) =>
    until(
      () => broker.ask<ThirdBroker>("third"),
      ({ leadsNothingAt }) => leadsNothingAt !== undefined,
    ),
  );
  const thirds = await Promise.all(seen);
  const fencedAt = Math.min(...thirds.map((third) => third.fencedAt ?? Number.NaN));
  const electedAt = Math.max(...thirds.map((third) => third.leadsNothingAt ?? Number.NaN));
  await until(
    () => active.ask<boolean>("leadersSettled"),
    (settled) => settled,
  );
  const publishedAt = await cluster.brokersApplied(await active.ask<number>("offset"));
  const processes = await cluster.measure();
  const after = await cluster.brokers.get(1)!.ask<Counts>("countThird");
  if (after.ledBy > 0 || after.leaderless > 0 || after.inSyncWith > 0) {
    throw new Error(`not all leaders were moved: ${JSON.stringify(after)}`);
  }
  print("a broker is fenced", {
    leaderChanges: before.ledBy,
    partitionChanges: before.inSyncWith,
    noticedMs: fencedAt - killedAt,
    electedMs: electedAt - fencedAt,
    allChangedMs: publishedAt - fencedAt,
    processes,
  });
}

async function restartBroker(): Promise<void> {
  await cluster.killBroker(1);
  const { child, ready } = await cluster.startBroker(1);
  await printMeasured("a broker loads the snapshot from a controller's feed", ready);
  const inServiceMs = await child.ask<number>("join");
  await printMeasured("its new incarnation comes into service", { inServiceMs });
}

/** A controller that lost its disk: raft sends it a snapshot while it serves. */
async function replaceController(): Promise<void> {
  const { nodeId: activeId, child: active } = await cluster.active();
  const nodeId = [...cluster.controllers.keys()].find((id) => id !== activeId)!;
  await cluster.killController(nodeId);
  const from = performance.now();
  await cluster.startWipedController(nodeId);
  await cluster.controllerApplied(nodeId, await active.ask<number>("offset"));
  const loadedMs = performance.now() - from;
  await printMeasured("a wiped controller loads the snapshot", { nodeId, loadedMs });
  await cluster.killController(nodeId);
}

async function restartController(): Promise<void> {
  const { nodeId } = await cluster.active();
  await cluster.killController(nodeId);
  const from = performance.now();
  const ready = await cluster.startController(nodeId);
  await cluster.active();
  await printMeasured("a controller restarts", { ...ready, activeMs: performance.now() - from });
}

/** kill -9 of the active controller; operations go on when the next topic is created. */
async function failOver(run: number): Promise<void> {
  const { nodeId, child } = await cluster.active();
  const offset = await child.ask<number>("offset");
  for (const id of cluster.controllers.keys()) await cluster.controllerApplied(id, offset);
  await cluster.measure();
  const from = performance.now();
  await cluster.killController(nodeId);
  const killMs = performance.now() - from;
  await createTopics([`after-failover-${run}`]);
  const acknowledgedMs = performance.now() - from;
  await printMeasured("the active controller is killed", { nodeId, killMs, acknowledgedMs });
  const ready = await cluster.startController(nodeId);
  const { child: next } = await cluster.active();
  await cluster.controllerApplied(nodeId, await next.ask<number>("offset"));
  await printMeasured("it is back", { ...ready, caughtUpMs: performance.now() - from });
}

try {
  await cluster.start();
  await printMeasured("empty", {});
  await createAll();
  await writeSnapshot();
  await fenceBroker();
  await restartBroker();
  if (controllers === 1) await restartController();
  else for (let run = 0; run < Number(values.failovers); run++) await failOver(run);
  if (controllers > 2) await replaceController();
} finally {
  await channel.close();
  await cluster.close();
  await rm(directory, { recursive: true, force: true });
}
