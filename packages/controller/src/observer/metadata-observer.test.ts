import { create } from "@bufbuild/protobuf";
import { CreateTopicsRequestSchema } from "@millrace/proto/admin";
import { type MetadataFeedResponse, MetadataFeedResponseSchema } from "@millrace/proto/controller";
import {
  createSimulatedRuntime,
  type RpcChannel,
  type Runtime,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { expect, test } from "vitest";
import { defaultFeedLimits, MetadataFeed } from "../controller/metadata-feed.ts";
import { decideCreateTopics } from "../decisions/create-topics.ts";
import { metadataCodec } from "../image/metadata-definition.ts";
import { metadataRecord } from "../image/records.ts";
import { uuidToBytes } from "../image/uuid.ts";
import { fingerprint, MetadataRun } from "../testing/metadata-run.ts";
import { startBrokers } from "../testing/register.ts";
import { settled, testUuid } from "../testing/test-cluster.ts";
import { MetadataObserver } from "./metadata-observer.ts";

/** A log of topics t0, t1, ..., and a feed of it that keeps only so many commits. */
class TestLog {
  readonly run = new MetadataRun();
  readonly feed: MetadataFeed;
  snapshots = 0;

  constructor(runtime: SimulatedRuntime, itemsMax: number) {
    this.feed = new MetadataFeed({
      image: () => ({ state: this.run.state, offset: this.run.image.offset, epoch: 1 }),
      executor: runtime.executor,
      clock: runtime.clocks.liveness,
      limits: { ...defaultFeedLimits, itemsMax },
      isCurrent: () => true,
      onSnapshot: () => {
        this.snapshots++;
      },
    });
    this.#commit(() => startBrokers(this.run, 1));
  }

  createTopic(name: string): void {
    const request = create(CreateTopicsRequestSchema, { topics: [{ name }] });
    this.#commit(() =>
      this.run.decide((state, env) =>
        decideCreateTopics(state, request, { partitions: 1, replicationFactor: 1 }, env),
      ),
    );
  }

  #commit(write: () => void): void {
    const previous = { state: this.run.state, offset: this.run.image.offset, epoch: 1 };
    const from = this.run.batches.length;
    write();
    const batches = this.run.batches.slice(from).map((decoded, i) => ({
      baseOffset: from + i,
      epoch: 1,
      decoded,
      records: decoded.map((record) => metadataCodec.encode(record)),
    }));
    const image = { state: this.run.state, offset: this.run.image.offset, epoch: 1 };
    this.feed.onCommit({ image, previous, batches });
  }
}

type Feed = (appliedOffset: bigint, signal: AbortSignal) => AsyncIterable<MetadataFeedResponse>;

function channelOf(feed: Feed): RpcChannel {
  const client = {
    metadataFeed: ({ appliedOffset }: { appliedOffset: bigint }, { signal }: { signal: AbortSignal }) =>
      feed(appliedOffset, signal),
  };
  return { client: () => client as never, close: async () => {} };
}

async function* follow(
  log: TestLog,
  appliedOffset: bigint,
  signal: AbortSignal,
): AsyncGenerator<MetadataFeedResponse> {
  const request = { $typeName: "millrace.controller.v1.MetadataFeedRequest", appliedOffset } as const;
  for await (const message of log.feed.follow(request, signal))
    yield create(MetadataFeedResponseSchema, message);
}

test("a stream that breaks is taken up where it was left, and nothing is applied twice", async () => {
  const runtime = createSimulatedRuntime();
  const log = new TestLog(runtime, 1_000);
  const asked: bigint[] = [];
  const channel = channelOf(async function* (appliedOffset, signal) {
    asked.push(appliedOffset);
    for await (const message of follow(log, appliedOffset, signal)) {
      yield message;
      throw new Error("the connection broke");
    }
  });
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  const seen: number[] = [];
  observer.onChange(({ offset }) => seen.push(offset));
  observer.start();
  for (let i = 0; i < 3; i++) {
    log.createTopic(`t${i}`);
    await settled();
    runtime.clock.advance(1_000);
  }
  await settled();
  expect(observer.image.topicNames).toEqual(["t0", "t1", "t2"]);
  expect(asked[0]).toBe(-1n);
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  expect(asked.slice(1, 1 + seen.length)).toEqual(seen.map(BigInt));
  await observer.close();
});

test("who was away for too long gets a snapshot, and hears what is different", async () => {
  const runtime = createSimulatedRuntime();
  const log = new TestLog(runtime, 2);
  let open = true;
  let current: AbortController | undefined;
  const channel = channelOf((appliedOffset, signal) => {
    if (!open) throw new Error("not now");
    current = new AbortController();
    return follow(log, appliedOffset, AbortSignal.any([signal, current.signal]));
  });
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  observer.start();
  log.createTopic("kept");
  await observer.waitForOffset(log.run.image.offset);

  const snapshotsBefore = log.snapshots;
  open = false;
  current?.abort(new Error("the connection broke"));
  for (let i = 0; i < 5; i++) log.createTopic(`new${i}`);
  const created: string[] = [];
  observer.onChange((_, { topics }) => {
    for (const topic of topics.values()) created.push(topic.name);
  });
  await settled();
  open = true;
  runtime.clock.advance(2_000);
  await observer.waitForOffset(log.run.image.offset);
  expect(log.snapshots).toBe(snapshotsBefore + 1);
  expect(created.sort()).toEqual(["new0", "new1", "new2", "new3", "new4"]);
  expect(fingerprint(observer.image.state)).toBe(fingerprint(log.run.state));
  await observer.close();
});

test("an observer that is ahead waits instead of going back", async () => {
  const runtime = createSimulatedRuntime();
  const log = new TestLog(runtime, 1_000);
  const stop = new AbortController();
  const messages: MetadataFeedResponse[] = [];
  const following = (async () => {
    for await (const message of follow(log, BigInt(log.run.image.offset + 1), stop.signal))
      messages.push(message);
  })();
  log.createTopic("a");
  await settled();
  expect(messages).toEqual([]);
  log.createTopic("b");
  await settled();
  expect(messages.map(({ lastOffset }) => Number(lastOffset))).toEqual([log.run.image.offset]);
  stop.abort();
  await expect(following).rejects.toThrow();
  expect(log.feed.subscribers).toBe(0);
});

test("a feed that is a second behind what the active controller has committed is left for another", async () => {
  const runtime = createSimulatedRuntime();
  const log = new TestLog(runtime, 1_000);
  let feeds = 0;
  // The first source stands still after what there was; the second one goes on.
  const channel = channelOf(async function* (appliedOffset, signal) {
    const standsStill = feeds++ === 0;
    const end = log.run.image.offset;
    for await (const message of follow(log, appliedOffset, signal)) {
      if (!standsStill || Number(message.lastOffset) <= end) yield message;
    }
  });
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  observer.start();
  await observer.waitForOffset(log.run.image.offset);
  observer.expect(log.run.image.offset);
  log.createTopic("late");
  const behind = log.run.image.offset;
  observer.expect(behind);
  runtime.clock.advance(900);
  await settled();
  expect([feeds, observer.image.offset < behind]).toEqual([1, true]);
  runtime.clock.advance(100);
  await settled();
  runtime.clock.advance(20);
  await observer.waitForOffset(behind);
  expect(feeds).toBe(2);
  await observer.close();
});

test("a snapshot that takes long to arrive is waited for", async () => {
  const runtime = createSimulatedRuntime();
  const parts = Promise.withResolvers<void>();
  let feeds = 0;
  const channel = channelOf(async function* (_, signal) {
    feeds++;
    const part = (first: boolean, last: boolean) =>
      create(MetadataFeedResponseSchema, { lastOffset: 5n, snapshot: { first, last } });
    yield part(true, false);
    await parts.promise;
    yield part(false, false);
    yield part(false, true);
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  observer.start();
  observer.expect(5);
  await settled();
  runtime.clock.advance(1_000);
  await settled();
  parts.resolve();
  await observer.waitForOffset(5);
  runtime.clock.advance(2_000);
  await settled();
  expect(feeds).toBe(1);
  await observer.close();
});

/** A log's feed from one source after the other, each of which a test can stop: it says nothing any more. */
function stoppable(log: TestLog) {
  const state = { feeds: 0, stopped: new Set<number>() };
  const channel = channelOf(async function* (appliedOffset, signal) {
    const source = state.feeds++;
    for await (const message of follow(log, appliedOffset, signal)) {
      if (state.stopped.has(source)) {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }
      yield message;
    }
  });
  return { state, channel };
}

/** Half a second at a time: so long a process may stand still, and is no more than one beat late. */
async function pass(runtime: SimulatedRuntime, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    runtime.clock.advance(Math.min(500, left));
    await settled(5);
  }
}

test("a feed that has nothing to tell says so, and is kept", async () => {
  const runtime = createSimulatedRuntime();
  const log = new TestLog(runtime, 1_000);
  const { state, channel } = stoppable(log);
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  observer.start();
  await observer.waitForOffset(log.run.image.offset);
  await pass(runtime, 60_000);
  expect(state.feeds).toBe(1);
  log.createTopic("late");
  await observer.waitForOffset(log.run.image.offset);
  await observer.close();
  expect([log.feed.subscribers, runtime.clock.timers]).toEqual([0, 0]);
});

test.each(["before its first message", "after it"])(
  "a feed that falls silent %s is left for another",
  async (when) => {
    const runtime = createSimulatedRuntime();
    const log = new TestLog(runtime, 1_000);
    const { state, channel } = stoppable(log);
    const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
    if (when === "before its first message") state.stopped.add(0);
    observer.start();
    await settled();
    state.stopped.add(0);
    log.createTopic("unheard");
    await pass(runtime, 2_000);
    expect(state.feeds).toBe(1);
    await pass(runtime, 1_000);
    await observer.waitForOffset(log.run.image.offset);
    expect(state.feeds).toBe(2);
    await observer.close();
  },
);

test("what takes long to apply is not silence", async () => {
  const runtime = createSimulatedRuntime();
  const slow = Promise.withResolvers<void>();
  let feeds = 0;
  const log = new TestLog(runtime, 1_000);
  const channel = channelOf((appliedOffset, signal) => {
    feeds++;
    return follow(log, appliedOffset, signal);
  });
  const { executor } = runtime;
  const held: Runtime = {
    ...runtime,
    executor: Object.assign(Object.create(executor), {
      run: async (task: never, options: never) => {
        await slow.promise;
        return executor.run(task, options);
      },
    }),
  };
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime: held });
  observer.start();
  await settled();
  await pass(runtime, 10_000);
  slow.resolve();
  await observer.waitForOffset(log.run.image.offset);
  expect(feeds).toBe(1);
  await observer.close();
});

test("records that contradict the metadata end the node", async () => {
  const runtime = createSimulatedRuntime();
  const record = metadataRecord({ case: "removeTopic", value: { topicId: uuidToBytes(testUuid(1)) } });
  const channel = channelOf(async function* () {
    yield create(MetadataFeedResponseSchema, { lastOffset: 1n, records: [metadataCodec.encode(record)] });
  });
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  observer.start();
  await settled();
  expect(runtime.failures).toHaveLength(1);
  await observer.close();
});

test("waiting ends with its signal, and with the observer", async () => {
  const runtime = createSimulatedRuntime();
  const channel = channelOf(async function* () {});
  const observer = new MetadataObserver({ clusterId: "test", channel, runtime });
  const given = new AbortController();
  const gaveUp = observer.waitForOffset(5, given.signal);
  given.abort(new Error("enough"));
  await expect(gaveUp).rejects.toThrow("enough");
  const left = observer.waitForOffset(5);
  await observer.close();
  await expect(left).rejects.toMatchObject({ id: "BROKER_NOT_AVAILABLE" });
  await expect(observer.waitForOffset(5)).rejects.toMatchObject({ id: "BROKER_NOT_AVAILABLE" });
});
