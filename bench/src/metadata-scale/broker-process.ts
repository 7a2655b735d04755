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
  readonly unfencedMs: number;
}

export interface Fencing {
  /** When this broker's image first showed that another one is fenced; on the machine's clock. */
  readonly fencedAt: number;
  /** When no partition was led by that one any more. */
  readonly movedAt: number;
  readonly leaderChanges: number;
  /** When it was in no in-sync set any more. */
  readonly shrunkAt: number;
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

interface Counts {
  partitions: number;
  ledBy: number;
  inSyncWith: number;
}

/** What another broker leads and is in sync with, in the whole of an image. */
function countOf(image: MetadataImage, other: number): Counts {
  const counts = { partitions: 0, ledBy: 0, inSyncWith: 0 };
  for (const topic of image.state.topics.values()) {
    for (let partition = 0; partition < topic.partitions.count; partition++) {
      counts.partitions++;
      if (topic.partitions.leader(partition) === other) counts.ledBy++;
      if (!topic.partitions.isrEvery(partition, (id) => id !== other)) counts.inSyncWith++;
    }
  }
  return counts;
}

/** Follows the changes from now on until the last of the brokers is fenced and neither leads nor is in sync. */
function watchFencing(other: number): Promise<Fencing> {
  const { ledBy, inSyncWith } = countOf(observer.image, other);
  let leaderless = 0;
  let left = ledBy;
  let inSync = inSyncWith;
  let fencedAt = Number.NaN;
  let movedAt = Number.NaN;
  let previous = observer.image;
  return new Promise((resolve) => {
    const off = observer.onChange((image, changes) => {
      const now = Date.now();
      if (Number.isNaN(fencedAt) && image.broker(other)?.fenced) fencedAt = now;
      for (const change of changes.topics.values()) {
        const before = previous.topic(change.name);
        const after = image.topic(change.name);
        if (before === undefined || after === undefined) continue;
        for (const partition of change.partitions) {
          if (before.partitions.leader(partition) === other) left--;
          if (after.partitions.leader(partition) === other) left++;
          if (after.partitions.leader(partition) === NO_LEADER) leaderless++;
          const isOther = (id: number): boolean => id !== other;
          if (!before.partitions.isrEvery(partition, isOther)) inSync--;
          if (!after.partitions.isrEvery(partition, isOther)) inSync++;
        }
      }
      previous = image;
      if (left === 0 && Number.isNaN(movedAt)) movedAt = now;
      if (inSync > 0 || left > 0 || Number.isNaN(fencedAt)) return;
      off();
      if (leaderless > 0) throw new Error("partitions lost their leaders with two brokers left");
      resolve({ fencedAt, movedAt, shrunkAt: now, leaderChanges: ledBy });
    });
  });
}

async function start(): Promise<void> {
  const startedAt = performance.now();
  let fencing: Promise<Fencing> | undefined;
  observer.start();
  await observer.waitForOffset(0);
  const imageMs = performance.now() - startedAt;
  session.start();
  await session.untilUnfenced();
  const ready: BrokerReady = { imageMs, unfencedMs: performance.now() - startedAt };
  serveCommands(
    {
      measure: takeMeasures,
      offset: () => observer.image.offset,
      counts: () => countOf(observer.image, brokerId),
      watchBroker3: () => {
        fencing = watchFencing(3);
      },
      fencing: () => fencing,
      collectGarbage: () => globalThis.gc?.(),
    },
    ready,
  );
}

start().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
