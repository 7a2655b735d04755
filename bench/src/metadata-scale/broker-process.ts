// A stand-in broker: it holds a session and applies the metadata, and has no logs.
import {
  BrokerSession,
  type MetadataImage,
  MetadataObserver,
  NO_LEADER,
  randomUuid,
} from "@millrace/controller";
import type { Endpoint } from "@millrace/raft";
import { GrpcChannel } from "@millrace/runtime-node";
import { createBenchRuntime } from "./bench-runtime.ts";
import { serveCommands } from "./commands.ts";
import { takeMeasures } from "./process-measures.ts";

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

/** A step of the image, on the machine's clock. */
export interface Step {
  readonly offset: number;
  readonly at: number;
}

const options = JSON.parse(process.argv[2] ?? "{}") as BrokerProcessOptions;
const { brokerId, clusterId, directoryId } = options;
const endpoint = options.controllers[0];
if (endpoint === undefined) throw new Error("no controller");

const runtime = createBenchRuntime();
const channel = new GrpcChannel({
  ...endpoint,
  peer: { kind: "role", role: "broker", nodeId: brokerId, clusterId, address: "bench" },
});
const observer = new MetadataObserver({ clusterId, channel, runtime });
const session = new BrokerSession({
  identity: {
    brokerId,
    clusterId,
    directoryId,
    incarnationId: randomUuid(runtime.random),
    listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "localhost", port: 9092 }],
    grpcHost: "localhost",
    grpcPort: 9094,
  },
  channel,
  runtime,
  metadata: observer,
  onRefused: (error) => {
    console.error(error);
    process.exit(1);
  },
});

let lastStep: Step = { offset: -1, at: Date.now() };
/** When this broker's image first showed that the last of the brokers is fenced. */
let thirdFencedAt: number | undefined;
observer.onChange((image, { brokers }) => {
  lastStep = { offset: image.offset, at: Date.now() };
  if (brokers.has(3) && image.broker(3)?.fenced) thirdFencedAt ??= lastStep.at;
});

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

async function start(): Promise<void> {
  const startedAt = performance.now();
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
      forgetFencing: () => {
        thirdFencedAt = undefined;
      },
      thirdFencedAt: () => thirdFencedAt ?? null,
      countThird: () => countOf(observer.image, 3),
      collectGarbage: () => globalThis.gc?.(),
    },
    ready,
  );
}

start().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
