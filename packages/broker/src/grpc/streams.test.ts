import type { MessageInitShape } from "@bufbuild/protobuf";
import { decodeBatches, RecordBatchBuilder } from "@millrace/kafka-protocol";
import { AdminService } from "@millrace/proto/admin";
import {
  BrokerService,
  type FetchRequestSchema,
  type FetchResponse,
  type ProduceRequestSchema,
  type ProduceResponse,
} from "@millrace/proto/broker";
import { errorTable, Pipe } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { produceTo } from "../../test-support/produce-to.ts";
import { TestNode } from "../../test-support/test-node.ts";

const settings = { validateOnly: false };

function batchOf(...values: string[]): Buffer {
  const builder = new RecordBatchBuilder(1024);
  for (const value of values) builder.append(0, null, Buffer.from(value), []);
  return builder.build();
}

async function nodeWith(topics: readonly { readonly name: string; readonly partitions?: number }[]) {
  const node = await TestNode.start();
  const admin = node.channel().client(AdminService);
  await admin.createTopics({ topics: [...topics], ...settings });
  return node;
}

function openProduce(node: TestNode) {
  const requests = new Pipe<MessageInitShape<typeof ProduceRequestSchema>>({ itemsMax: 16 });
  const responses = node.channel().client(BrokerService).produce(requests)[Symbol.asyncIterator]();
  return { requests, next: async (): Promise<ProduceResponse> => (await responses.next()).value! };
}

function openFetch(node: TestNode) {
  const requests = new Pipe<MessageInitShape<typeof FetchRequestSchema>>({ itemsMax: 16 });
  const responses = node.channel().client(BrokerService).fetch(requests)[Symbol.asyncIterator]();
  return { requests, next: async (): Promise<FetchResponse> => (await responses.next()).value! };
}

function values(batches: Uint8Array): string[] {
  const found: string[] = [];
  for (const { records } of decodeBatches(Buffer.from(batches))) {
    for (const { value } of records) found.push(value!.toString());
  }
  return found;
}

describe("produce stream", () => {
  test("appends several partitions of one request, and answers each", async () => {
    await using node = await nodeWith([{ name: "t", partitions: 2 }]);
    const { requests, next } = openProduce(node);
    const [a, b] = [batchOf("a1", "a2"), batchOf("b1")];
    void requests.push({
      correlationId: 7,
      acks: -1,
      open: [0, 1, 2].map((handle) => ({ handle, topic: "t", partition: handle })),
      slices: [
        { partitionHandle: 0, sizeBytes: a.length },
        { partitionHandle: 2, sizeBytes: b.length },
        { partitionHandle: 1, sizeBytes: b.length },
      ],
      batches: Buffer.concat([a, b, b]),
    });
    const { correlationId, results } = await next();
    expect(correlationId).toBe(7);
    expect(results.map(({ error, baseOffset }) => [error?.code, baseOffset])).toEqual([
      [undefined, 0n],
      [errorTable.UNKNOWN_TOPIC_OR_PARTITION.code, 0n],
      [undefined, 0n],
    ]);
    void requests.push({
      correlationId: 8,
      acks: 1,
      slices: [{ partitionHandle: 0, sizeBytes: b.length }],
      batches: b,
    });
    expect((await next()).results[0]!.baseOffset).toBe(2n);
    requests.end();
  });

  test("refuses damaged batches by partition", async () => {
    await using node = await nodeWith([{ name: "t" }]);
    const { requests, next } = openProduce(node);
    const batch = batchOf("x");
    batch[batch.length - 1]! ^= 1;
    void requests.push({
      correlationId: 1,
      acks: 1,
      open: [{ handle: 0, topic: "t", partition: 0 }],
      slices: [{ partitionHandle: 0, sizeBytes: batch.length }],
      batches: batch,
    });
    expect((await next()).results[0]!.error!.code).toBe(errorTable.CORRUPT_MESSAGE.code);
    requests.end();
  });

  test.each([
    ["an unopened handle", { slices: [{ partitionHandle: 5, sizeBytes: 0 }] }],
    ["slices beyond the bytes", { slices: [{ partitionHandle: 0, sizeBytes: 9 }] }],
    ["a handle too large", { open: [{ handle: 65_536, topic: "t", partition: 0 }] }],
    ["a handle used twice", { open: [{ handle: 0, topic: "t", partition: 1 }] }],
  ])("ends a stream with %s", async (_, request) => {
    await using node = await nodeWith([{ name: "t" }]);
    const { requests, next } = openProduce(node);
    void requests.push({ correlationId: 1, acks: 1, open: [{ handle: 0, topic: "t", partition: 0 }] });
    await next();
    void requests.push({ correlationId: 2, acks: 1, ...request });
    await expect(next()).rejects.toMatchObject({ id: "INVALID_REQUEST" });
    requests.end();
  });
});

describe("fetch stream", () => {
  test("pushes what is there and what comes, within credit, and tells the high watermark", async () => {
    await using node = await nodeWith([{ name: "t" }]);
    const produce = openProduce(node);
    const send = async (...records: string[]) => {
      const batches = batchOf(...records);
      void produce.requests.push({
        correlationId: 1,
        acks: -1,
        open: [{ handle: 0, topic: "t", partition: 0 }],
        slices: [{ partitionHandle: 0, sizeBytes: batches.length }],
        batches,
      });
      await produce.next();
    };
    await send("one", "two");
    const { requests, next } = openFetch(node);
    void requests.push({ start: [{ handle: 3, topic: "t", partition: 0, offset: 1n }], creditBytes: 1n });
    const first = await next();
    expect(values(first.batches)).toEqual(["one", "two"]); // the batch around the offset, whole
    expect(first.slices).toEqual([
      expect.objectContaining({ partitionHandle: 3, sizeBytes: first.batches.length }),
    ]);
    expect(first.news[0]).toMatchObject({ handle: 3, highWatermark: 2n, logStartOffset: 0n });
    await send("three"); // no credit is left
    const waiting = next();
    void requests.push({ creditBytes: 10_000n });
    expect(values((await waiting).batches)).toEqual(["three"]);
    const pushed = next();
    await send("four");
    expect(values((await pushed).batches)).toEqual(["four"]);
    requests.end();
    produce.requests.end();
  });

  test("serves partitions in turn, also those whose next batch does not fit what is left of a message", async () => {
    await using node = await nodeWith([{ name: "t", partitions: 3 }]);
    const large = (partition: number) => ({ values: [`${partition}${"x".repeat(400_000)}`] });
    const client = node.connect();
    for (let round = 0; round < 3; round++) {
      for (const partition of [0, 1, 2]) await produceTo(client, "t", partition, large(partition));
    }
    const { requests, next } = openFetch(node);
    void requests.push({
      start: [0, 1, 2].map((handle) => ({ handle, topic: "t", partition: handle })),
      creditBytes: 100_000_000n,
    });
    const order: number[] = [];
    while (order.length < 9) {
      const { slices, batches } = await next();
      expect(batches.length).toBeLessThan(1024 * 1024);
      order.push(
        ...slices.flatMap(({ partitionHandle, sizeBytes }) =>
          Array<number>(Math.round(sizeBytes / 400_000)).fill(partitionHandle),
        ),
      );
    }
    for (const handle of [0, 1, 2]) expect(order.filter((served) => served === handle)).toHaveLength(3);
    expect(new Set(order.slice(0, 6)).size).toBe(3); // nobody waits until another one is done
    requests.end();
  });

  test("tells of partitions that are not there, gone or asked beyond their end", async () => {
    await using node = await nodeWith([{ name: "t" }, { name: "going" }]);
    const { requests, next } = openFetch(node);
    void requests.push({
      start: [
        { handle: 0, topic: "none", partition: 0 },
        { handle: 1, topic: "t", partition: 0, offset: 10n },
        { handle: 2, topic: "going", partition: 0 },
      ],
      creditBytes: 10_000n,
    });
    const { news } = await next();
    expect(news.map(({ handle, error }) => [handle, error?.code])).toEqual([
      [0, errorTable.UNKNOWN_TOPIC_OR_PARTITION.code],
      [1, errorTable.OFFSET_OUT_OF_RANGE.code],
      [2, undefined],
    ]);
    const gone = next();
    await node
      .channel()
      .client(AdminService)
      .deleteTopics({ topics: [{ reference: { case: "name", value: "going" } }] });
    expect((await gone).news[0]).toMatchObject({
      handle: 2,
      error: { code: errorTable.NOT_LEADER_OR_FOLLOWER.code },
    });
    requests.end();
  });
});
