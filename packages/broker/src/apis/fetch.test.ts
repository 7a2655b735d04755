import { settled } from "@millrace/controller/testing";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { leaderEpoch } from "@millrace/log";
import { type ErrorName, errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { batchOf, recordsOf } from "../../test-support/batches.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import { topicIdOf } from "../../test-support/test-image.ts";

const metadata = { topics: [{ name: "orders", partitions: 2 }] };

interface Wanted {
  readonly partition?: number;
  readonly fetchOffset?: number | bigint;
  readonly partitionMaxBytes?: number;
  readonly currentLeaderEpoch?: number;
  readonly lastFetchedEpoch?: number;
}

function requestOf(wanted: readonly Wanted[], options: object = {}) {
  const partitions = wanted.map((one) => ({ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6, ...one }));
  const topics = partitions.length === 0 ? [] : [{ topic: "orders", partitions }];
  return { maxWaitMs: 0, minBytes: 1, maxBytes: 1e6, topics, ...options };
}

async function append(broker: TestBroker, values: readonly string[], partition = 0): Promise<void> {
  broker.logs
    .get("orders", partition)!
    .append(batchOf({ values }), { origin: "client", expectedLeaderEpoch: leaderEpoch(0) });
  await settled();
}

async function fetchOne(broker: TestBroker, wanted: Wanted, version = 12, options: object = {}) {
  const response = await broker.connect().call(fetchApi, version, requestOf([wanted], options));
  return response.responses[0]!.partitions[0]!;
}

test("returns whole batches, also those in whose middle it begins", async () => {
  await using broker = await TestBroker.start({ metadata });
  await append(broker, ["a", "b"]);
  await append(broker, ["c"]);
  const { errorCode, highWatermark, records } = await fetchOne(broker, { fetchOffset: 1 });
  expect({ errorCode, highWatermark }).toEqual({ errorCode: 0, highWatermark: 3 });
  expect(recordsOf(records).map(([, value]) => value)).toEqual(["a", "b", "c"]);
});

test("waits for records until they come or the time is over", async () => {
  await using broker = await TestBroker.start({ metadata });
  const fetched = fetchOne(broker, {}, 12, { maxWaitMs: 500 });
  await settled();
  await append(broker, ["late"]);
  expect(recordsOf((await fetched).records)).toEqual([[0, "late"]]);
  let answered = false;
  const nothing = fetchOne(broker, { fetchOffset: 1 }, 12, { maxWaitMs: 500 }).finally(() => {
    answered = true;
  });
  await settled();
  broker.runtime.clock.advance(499);
  await settled();
  expect(answered).toBe(false);
  broker.runtime.clock.advance(1);
  expect((await nothing).records).toHaveLength(0);
});

test("waits for as many bytes as are asked for, over all partitions", async () => {
  await using broker = await TestBroker.start({ metadata });
  const batchBytes = batchOf({ values: ["x"] }).length;
  const options = { maxWaitMs: 500, minBytes: batchBytes * 2 };
  const fetched = broker
    .connect()
    .call(fetchApi, 12, requestOf([{ partition: 0 }, { partition: 1 }], options));
  await append(broker, ["x"], 0);
  await append(broker, ["y"], 1);
  const { partitions } = (await fetched).responses[0]!;
  expect(partitions.map(({ records }) => recordsOf(records))).toEqual([[[0, "x"]], [[0, "y"]]]);
});

test("limits bytes, but always returns one batch", async () => {
  await using broker = await TestBroker.start({ metadata });
  await append(broker, ["a".repeat(500)], 0);
  await append(broker, ["b".repeat(500)], 1);
  const { responses } = await broker
    .connect()
    .call(fetchApi, 12, requestOf([{ partition: 1 }, { partition: 0 }], { maxBytes: 100 }));
  expect(responses[0]!.partitions.map(({ records }) => records!.length > 0)).toEqual([true, false]);
});

test.each<[ErrorName, Wanted]>([
  ["OFFSET_OUT_OF_RANGE", { fetchOffset: 99 }],
  ["OFFSET_OUT_OF_RANGE", { fetchOffset: -1 }],
  ["OFFSET_OUT_OF_RANGE", { fetchOffset: 2n ** 62n }],
  ["FENCED_LEADER_EPOCH", { currentLeaderEpoch: 2 }],
  ["UNKNOWN_LEADER_EPOCH", { currentLeaderEpoch: 4 }],
  ["UNKNOWN_TOPIC_OR_PARTITION", { partition: 7 }],
])("answers %s", async (error, wanted) => {
  await using broker = await TestBroker.start({ metadata: { topics: [{ name: "orders", leaderEpoch: 3 }] } });
  const { errorCode } = await fetchOne(broker, wanted, 12, { maxWaitMs: 500 });
  expect(errorCode).toBe(errorTable[error].code);
});

test("tells where logs part", async () => {
  await using broker = await TestBroker.start({ metadata });
  await append(broker, ["a"]);
  await broker.change({ topics: [{ name: "orders", partitions: 2, leaderEpoch: 5 }] });
  const { errorCode, divergingEpoch } = await fetchOne(broker, { fetchOffset: 1, lastFetchedEpoch: 3 });
  expect({ errorCode, divergingEpoch }).toEqual({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 1 } });
});

test("a waiting fetch hears that the topic is gone", async () => {
  await using broker = await TestBroker.start({ metadata });
  const fetched = fetchOne(broker, {}, 12, { maxWaitMs: 500 });
  await settled();
  await broker.change({ topics: [] });
  expect((await fetched).errorCode).toBe(errorTable.UNKNOWN_TOPIC_OR_PARTITION.code);
});

test("fetches by topic id", async () => {
  await using broker = await TestBroker.start({ metadata });
  await append(broker, ["a"]);
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
  const topics = ["orders", "nowhere"].map((name) => ({ topicId: topicIdOf(name), partitions }));
  const { responses } = await broker.connect().call(fetchApi, 16, { ...requestOf([]), topics });
  const answers = responses.map(({ topicId, partitions: [first] }) => [topicId, first!.errorCode]);
  expect(new Map(answers as [string, number][])).toEqual(
    new Map([
      [topicIdOf("orders"), 0],
      [topicIdOf("nowhere"), errorTable.UNKNOWN_TOPIC_ID.code],
    ]),
  );
});

test("a session tells only what is new", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const wanted = [{ partition: 0 }, { partition: 1 }];
  const opened = await client.call(fetchApi, 12, requestOf(wanted, { sessionEpoch: 0 }));
  expect(opened.sessionId).toBeGreaterThan(0);
  expect(opened.responses[0]!.partitions).toHaveLength(2);
  const { sessionId } = opened;
  const quiet = await client.call(fetchApi, 12, requestOf([], { sessionId, sessionEpoch: 1 }));
  expect(quiet).toMatchObject({ errorCode: 0, sessionId, responses: [] });
  await append(broker, ["a"], 1);
  const news = await client.call(fetchApi, 12, requestOf([], { sessionId, sessionEpoch: 2 }));
  expect(news.responses[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([1]);
  const forgottenTopicsData = [{ topic: "orders", partitions: [1] }];
  const options = { sessionId, sessionEpoch: 3, forgottenTopicsData };
  const moved = await client.call(fetchApi, 12, requestOf([{ partition: 0, fetchOffset: 9 }], options));
  expect(
    moved.responses[0]!.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
  ).toEqual([[0, errorTable.OFFSET_OUT_OF_RANGE.code]]);
});

test("a session that is unknown, out of step or by names instead of ids is refused", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const { sessionId } = await client.call(fetchApi, 12, requestOf([{}], { sessionEpoch: 0 }));
  const refusal = async (version: number, options: object) =>
    (await client.call(fetchApi, version, requestOf([], options))).errorCode;
  const unknown = { sessionId: sessionId === 1 ? 2 : 1, sessionEpoch: 1 };
  expect(await refusal(12, unknown)).toBe(errorTable.FETCH_SESSION_ID_NOT_FOUND.code);
  expect(await refusal(12, { sessionId, sessionEpoch: 5 })).toBe(errorTable.INVALID_FETCH_SESSION_EPOCH.code);
  expect(await refusal(13, { sessionId, sessionEpoch: 1 })).toBe(
    errorTable.FETCH_SESSION_TOPIC_ID_ERROR.code,
  );
  await client.call(fetchApi, 12, requestOf([{}], { sessionId, sessionEpoch: -1 }));
  expect(await refusal(12, { sessionId, sessionEpoch: 1 })).toBe(errorTable.FETCH_SESSION_ID_NOT_FOUND.code);
});

test("partitions that gave records come last the next time", async () => {
  await using broker = await TestBroker.start({ metadata });
  await append(broker, ["a".repeat(500)], 0);
  await append(broker, ["b".repeat(500)], 1);
  const client = broker.connect();
  const first = requestOf([{ partition: 0 }, { partition: 1 }], { sessionEpoch: 0, maxBytes: 100 });
  const { sessionId, responses } = await client.call(fetchApi, 12, first);
  expect(responses[0]!.partitions.filter(({ records }) => records!.length > 0)[0]!.partitionIndex).toBe(0);
  const second = await client.call(
    fetchApi,
    12,
    requestOf([], { sessionId, sessionEpoch: 1, maxBytes: 100 }),
  );
  expect(
    second.responses[0]!.partitions.filter(({ records }) => records!.length > 0)[0]!.partitionIndex,
  ).toBe(1);
});

test("the memory of a response goes back when it has been sent", async () => {
  await using broker = await TestBroker.start({ metadata });
  await append(broker, ["a".repeat(5_000)]);
  const client = broker.connect();
  await client.call(fetchApi, 12, requestOf([{}]));
  broker.runtime.clock.advance(1_000); // at the latest when connections are looked at
  expect(broker.budget.usedBytes).toBe(0);
});
