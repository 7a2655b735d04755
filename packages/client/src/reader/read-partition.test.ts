import { buildMarkerBatch, RecordBatchBuilder } from "@millrace/kafka-protocol";
import {
  ApiError,
  createSimulatedRuntime,
  RpcUnavailableError,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { FakeTransport } from "../testing/fake-transport.ts";
import { settle } from "../testing/settle.ts";
import type { ReadOptions } from "./read-options.ts";
import { readBatches } from "./read-partition.ts";

function batchOf(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new RecordBatchBuilder();
  for (const value of values)
    builder.append(1_000, Buffer.from("key"), Buffer.from(value), [{ key: "h", value: null }]);
  return builder.build({ baseOffset });
}

const push = (...batches: readonly Buffer[]) => ({ batches: Buffer.concat(batches), highWatermark: 1_000 });

describe("readBatches", () => {
  let runtime: SimulatedRuntime;
  let transport: FakeTransport;
  beforeEach(() => {
    runtime = createSimulatedRuntime();
    transport = new FakeTransport({ orders: 1 });
  });
  const read = (options: Partial<ReadOptions> = {}, signal?: AbortSignal) =>
    readBatches(transport, runtime, { topic: "orders", partition: 0, ...options }, signal);

  /** The first `count` records, or all of a reading that ends. */
  async function take(count: number, options: Partial<ReadOptions> = {}): Promise<string[]> {
    const values: string[] = [];
    for await (const batch of read(options)) {
      for (const record of batch.records) values.push(`${record.offset}=${record.value?.toString()}`);
      if (values.length >= count) break;
    }
    return values;
  }

  test("trims a batch that begins before the start offset", async () => {
    transport.pushes.push(push(batchOf(5, ["a", "b", "c"]), batchOf(8, ["d"])));
    expect(await take(3, { from: { offset: 6 } })).toEqual(["6=b", "7=c", "8=d"]);
    expect(transport.fetches[0]?.offset).toBe(6);
  });

  test("until end stops at what was the end when the reading began", async () => {
    transport.pushes.push(push(batchOf(98, ["a", "b", "beyond"])), push(batchOf(101, ["beyond"])));
    expect(await take(10, { until: "end" })).toEqual(["98=a", "99=b"]);
  });

  test("reading from the latest until the end is over at once", async () => {
    expect(await take(1, { from: "latest", until: "end" })).toEqual([]);
    expect(transport.fetches).toEqual([]);
  });

  test("transaction markers are left out", async () => {
    const marker = buildMarkerBatch({
      type: "commit",
      producerId: 1,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      timestamp: 0,
      baseOffset: 1,
    });
    transport.pushes.push(push(batchOf(0, ["a"]), marker, batchOf(2, ["b"])));
    expect(await take(2)).toEqual(["0=a", "2=b"]);
  });

  test("records carry key, time and headers", async () => {
    transport.pushes.push(push(batchOf(0, ["a"])));
    const { value } = await read().next();
    const expected = { topic: "orders", partition: 0, timestampMs: 1_000, headers: { h: null } };
    expect(value?.records[0]).toMatchObject(expected);
    expect(value?.records[0]?.key?.toString()).toBe("key");
    expect(value?.highWatermark).toBe(1_000);
  });

  test("goes on behind the last record when the connection breaks or the broker ends the stream", async () => {
    transport.pushes.push(
      push(batchOf(0, ["a", "b"])),
      new ApiError("NETWORK_EXCEPTION"),
      new ApiError("BROKER_NOT_AVAILABLE"),
      // A broker may send the whole batch that the position lies in.
      push(batchOf(0, ["a", "b"]), batchOf(2, ["c"])),
    );
    expect(await settle(runtime.clock, take(3))).toEqual(["0=a", "1=b", "2=c"]);
    expect(transport.fetches.map(({ offset }) => offset)).toEqual([0, 2, 2]);
  });

  test("gives up with the last reason when nothing comes for resumeTimeoutMs", async () => {
    const startedAtMs = runtime.clock.monotonicMs();
    const reading = settle(runtime.clock, take(1, { resumeTimeoutMs: 10_000 }));
    await expect(reading).rejects.toMatchObject({ id: "NETWORK_EXCEPTION" });
    const tookMs = runtime.clock.monotonicMs() - startedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(10_000);
    expect(tookMs).toBeLessThanOrEqual(11_000);
  });

  test.each(["UNKNOWN_TOPIC_OR_PARTITION", "OFFSET_OUT_OF_RANGE", "TOPIC_AUTHORIZATION_FAILED"] as const)(
    "%s ends it at once",
    async (id) => {
      transport.pushes.push(push(batchOf(0, ["a"])), new ApiError(id));
      await expect(take(2)).rejects.toMatchObject({ id });
      expect(transport.fetches.length).toBe(1);
    },
  );

  test("an aborted signal ends the pause before the next connection, with its reason", async () => {
    const stop = new AbortController();
    const reading = read({}, stop.signal).next();
    while (transport.fetches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });

  test("names the partition of a refusal, while reading and before", async () => {
    transport.pushes.push(new ApiError("UNKNOWN_TOPIC_OR_PARTITION"));
    await expect(take(1)).rejects.toMatchObject({ detail: expect.stringMatching(/^orders-0: /) });
    transport.admin.listOffsets = async () => [new ApiError("UNKNOWN_TOPIC_OR_PARTITION")];
    await expect(take(1)).rejects.toMatchObject({ detail: expect.stringMatching(/^orders-0: /) });
  });

  test("an error of the connection stays the one that it is", async () => {
    const refused = new RpcUnavailableError("refused");
    transport.pushes.push(refused);
    await expect(take(1, { resumeTimeoutMs: 0 })).rejects.toBe(refused);
  });
});
