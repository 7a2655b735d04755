// A stand-in broker: it holds a session and applies the metadata, and has no logs.
import {
  BrokerSession,
  type MetadataChanges,
  type MetadataImage,
  MetadataObserver,
  NO_LEADER,
  randomUuid,
} from "@millrace/controller";
import type { Endpoint } from "@millrace/raft";
import { ServiceTable } from "@millrace/runtime";
import { GrpcServer } from "@millrace/runtime-node";
import { createBenchRuntime } from "./bench-runtime.ts";
import { serveCommands } from "./commands.ts";
import { takeMeasures } from "./process-measures.ts";
import { quorumOfEndpoints } from "./quorum-of-endpoints.ts";

export interface BrokerProcessOptions {
  readonly brokerId: number;
  readonly clusterId: string;
  readonly directoryId: string;
  readonly controllers: readonly Endpoint[];
}

export interface BrokerReady {
  /** Until the first image: with a long history behind it, a snapshot of that. */
  readonly imageMs: number;
}

/** What a broker has to do with the partitions of an image. */
export interface Counts {
  readonly partitions: number;
  readonly leaderless: number;
  readonly ledBy: number;
  readonly inSyncWith: number;
}

/** When the last of the brokers was seen to be fenced, and to lead nothing any more; on the machine's clock. */
export interface ThirdBroker {
  readonly fencedAt?: number;
  readonly leadsNothingAt?: number;
}

/** A step of the image, on the machine's clock. */
export interface Step {
  readonly offset: number;
  readonly at: number;
}

const options = JSON.parse(process.argv[2] ?? "{}") as BrokerProcessOptions;
const { brokerId, clusterId, directoryId, controllers } = options;
const runtime = createBenchRuntime();
const channel = quorumOfEndpoints(controllers, {
  kind: "role",
  role: "broker",
  nodeId: brokerId,
  clusterId,
  address: "",
});
const observer = new MetadataObserver({ clusterId, channel, runtime });
let lastStep: Step = { offset: -1, at: Date.now() };
const third: { -readonly [Field in keyof ThirdBroker]: ThirdBroker[Field] } = {};
/** Partitions that the last of the brokers leads in this broker's image; counted down from when it is watched. */
let ledByThird = Number.POSITIVE_INFINITY;
let before = observer.image;
observer.onChange((image, changes) => {
  lastStep = { offset: image.offset, at: Date.now() };
  if (before.isAlive(3) && !image.isAlive(3)) third.fencedAt ??= lastStep.at;
  if (ledByThird > 0 && ledByThird < Number.POSITIVE_INFINITY) countDown(image, changes);
  before = image;
});

function countDown(image: MetadataImage, { topics }: MetadataChanges): void {
  for (const { name, partitions } of topics.values()) {
    const [was, is] = [before.topic(name)?.partitions, image.topic(name)?.partitions];
    if (was === undefined || is === undefined) continue;
    for (const partition of partitions) {
      if (was.leader(partition) === 3 && is.leader(partition) !== 3) ledByThird--;
    }
  }
  if (ledByThird === 0) third.leadsNothingAt = lastStep.at;
}

function countOf({ state }: MetadataImage, other: number): Counts {
  let [partitions, leaderless, ledBy, inSyncWith] = [0, 0, 0, 0];
  for (const { partitions: table } of state.topics.values()) {
    for (let partition = 0; partition < table.count; partition++) {
      partitions++;
      const leader = table.leader(partition);
      if (leader === NO_LEADER) leaderless++;
      if (leader === other) ledBy++;
      if (!table.isrEvery(partition, (id) => id !== other)) inSyncWith++;
    }
  }
  return { partitions, leaderless, ledBy, inSyncWith };
}

function sessionOf(endpoint: Endpoint): BrokerSession {
  return new BrokerSession({
    identity: {
      brokerId,
      clusterId,
      directoryId,
      incarnationId: randomUuid(runtime.random),
      listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "localhost", port: 9092 }],
      grpcHost: endpoint.host,
      grpcPort: endpoint.port,
    },
    channel,
    runtime,
    metadata: observer,
    onCommittedOffset: (offset) => observer.expect(offset),
    onRefused: (error) => {
      console.error(error);
      process.exit(1);
    },
  });
}

async function start(): Promise<void> {
  const startedAt = performance.now();
  // Controllers dial a broker whose session broke: a port that refuses connections is one that is gone.
  const { host, port } = await GrpcServer.listen({ port: 0, services: new ServiceTable() });
  const session = sessionOf({ host, port });
  observer.start();
  await observer.waitForOffset(0);
  const imageMs = performance.now() - startedAt;
  const ready: BrokerReady = { imageMs };
  serveCommands(
    {
      /** Resolves with how long it took to be taken into service, in milliseconds. */
      join: async () => {
        const from = performance.now();
        session.start();
        await session.untilUnfenced();
        return performance.now() - from;
      },
      measure: takeMeasures,
      lastStep: () => lastStep,
      watchThird: () => {
        ledByThird = countOf(observer.image, 3).ledBy;
      },
      third: () => third,
      countThird: () => countOf(observer.image, 3),
    },
    ready,
  );
}

start().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
