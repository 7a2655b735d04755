import { settled } from "@millrace/controller/testing";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { AdminService } from "@millrace/proto/admin";
import { BrokerService } from "@millrace/proto/broker";
import { expect, test } from "vitest";
import { batchOf } from "../../test-support/batches.ts";
import { createTopic } from "../../test-support/create-topic.ts";
import { TestNode } from "../../test-support/test-node.ts";

const PAUSE_MS = 250;

/** A node whose clients are all over their quota once `exceeded` is set. */
async function startNode() {
  const quota = { exceeded: false };
  const pauseMs = () => (quota.exceeded ? PAUSE_MS : 0);
  const node = await TestNode.start({ quotas: { recordBytes: pauseMs, recordRequest: pauseMs } });
  await createTopic(node.connect(), "t");
  return { node, quota };
}

/** Whether a promise is settled, now or after so much time. */
function watch(promise: Promise<unknown>) {
  const watched = { done: false };
  void promise.then(() => {
    watched.done = true;
  });
  return watched;
}

test("Kafka's protocol: the answer says how long to pause, and until then the connection is not read", async () => {
  const { node, quota } = await startNode();
  await using _node = node;
  const client = node.connect();
  quota.exceeded = true;
  expect(await client.call(metadataApi, 12, { topics: [] })).toMatchObject({ throttleTimeMs: PAUSE_MS });
  const next = watch(client.call(metadataApi, 12, { topics: [] }));
  await node.advance(PAUSE_MS - 1);
  expect(next.done).toBe(false);
  await node.advance(1);
  expect(next.done).toBe(true);
});

test("gRPC's produce stream: the same", async () => {
  const { node, quota } = await startNode();
  await using _node = node;
  quota.exceeded = true;
  const batches = batchOf({ values: ["a"] });
  const slices = [{ partitionHandle: 1, sizeBytes: batches.length }];
  const ended = Promise.withResolvers<void>();
  const requests = (async function* () {
    yield { acks: -1, open: [{ handle: 1, topic: "t" }], slices, batches };
    yield { acks: -1, slices, batches };
    await ended.promise;
  })();
  const responses = node.channel().client(BrokerService).produce(requests)[Symbol.asyncIterator]();
  expect((await responses.next()).value).toMatchObject({ throttleMs: PAUSE_MS });
  const next = watch(responses.next());
  await node.advance(PAUSE_MS - 1);
  expect(next.done).toBe(false);
  await node.advance(1);
  expect(next.done).toBe(true);
  ended.resolve();
});

test("gRPC's unary calls: the answer itself waits", async () => {
  const { node, quota } = await startNode();
  await using _node = node;
  quota.exceeded = true;
  const answer = watch(node.channel().client(AdminService).describeCluster({}));
  await settled();
  await node.advance(PAUSE_MS - 1);
  expect(answer.done).toBe(false);
  await node.advance(1);
  expect(answer.done).toBe(true);
});
