import { decodeBatches } from "@millrace/kafka-protocol";
import { ApiError, createSimulatedRuntime } from "@millrace/runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { FakeTransport } from "../testing/fake-transport.ts";
import { settle } from "../testing/settle.ts";
import { Producer } from "./producer.ts";

const values = (batch: Buffer): (string | undefined)[] =>
  [...decodeBatches(batch)].flatMap(({ records }) => records.map((record) => record.value?.toString()));

describe("Producer", () => {
  let runtime = createSimulatedRuntime();
  let transport = new FakeTransport({ orders: 1 });
  beforeEach(() => {
    runtime = createSimulatedRuntime();
    transport = new FakeTransport({ orders: 1, wide: 7 });
  });
  const settled = <T>(promise: Promise<T>): Promise<T> => settle(runtime.clock, promise);

  test("records of one turn and partition travel in one batch and learn their offsets", async () => {
    const producer = new Producer(transport, runtime);
    const sent = await settled(
      Promise.all(["a", "b", "c"].map((value) => producer.send({ topic: "orders", value }))),
    );
    expect(transport.produced.map(({ batch }) => values(batch))).toEqual([["a", "b", "c"]]);
    expect(sent.map(({ offset }) => offset)).toEqual([0, 1, 2]);
  });

  test("a batch is closed when it is full", async () => {
    const producer = new Producer(transport, runtime, { batchBytesMax: 300 });
    const records = ["a", "b", "c"].map((letter) =>
      producer.send({ topic: "orders", value: letter.repeat(100) }),
    );
    await settled(Promise.all(records));
    expect(transport.produced.map(({ batch }) => values(batch).length)).toEqual([2, 1]);
  });

  test("keys go where Kafka's clients send them", async () => {
    const producer = new Producer(transport, runtime);
    const { partition } = await settled(producer.send({ topic: "wide", key: "foobar", value: "x" }));
    expect(partition).toBe((-790332482 & 0x7fffffff) % 7);
  });

  test("a passing refusal is retried, and order is kept", async () => {
    transport.refuseNext(new ApiError("NOT_LEADER_OR_FOLLOWER"), new ApiError("NETWORK_EXCEPTION"));
    const producer = new Producer(transport, runtime);
    const first = producer.send({ topic: "orders", value: "first" });
    const second = producer.send({ topic: "orders", value: "second" });
    expect((await settled(first)).offset).toBeLessThan((await settled(second)).offset);
    expect(transport.produced.flatMap(({ batch }) => values(batch))).toEqual(["first", "second"]);
  });

  test("a lasting refusal rejects all records of the batch with its code", async () => {
    transport.refuseNext(new ApiError("MESSAGE_TOO_LARGE"));
    const producer = new Producer(transport, runtime);
    const records = ["a", "b"].map((value) => producer.send({ topic: "orders", value }));
    const sent = await settled(Promise.allSettled(records));
    expect(sent.map((one) => one.status === "rejected" && one.reason.id)).toEqual([
      "MESSAGE_TOO_LARGE",
      "MESSAGE_TOO_LARGE",
    ]);
    expect(sent[0]).toMatchObject({ reason: { detail: expect.stringMatching(/^orders-0: /) } });
  });

  test("an unknown topic is refused", async () => {
    const producer = new Producer(transport, runtime);
    const sent = settled(producer.send({ topic: "none", value: "x" }));
    await expect(sent).rejects.toMatchObject({
      id: "UNKNOWN_TOPIC_OR_PARTITION",
      detail: expect.stringMatching(/^none: /),
    });
  });

  const givesUp = (errors: readonly ApiError[]) => {
    transport.refuseNext(...errors);
    const producer = new Producer(transport, runtime, { deliveryTimeoutMs: 10_000 });
    return expect(settled(producer.send({ topic: "orders", value: "x" }))).rejects;
  };
  const passing = (id: "NOT_LEADER_OR_FOLLOWER" | "NOT_ENOUGH_REPLICAS") =>
    Array.from({ length: 1_000 }, () => new ApiError(id));

  test("gives up after deliveryTimeoutMs with the reason as cause", async () => {
    await givesUp(passing("NOT_LEADER_OR_FOLLOWER")).toMatchObject({
      id: "REQUEST_TIMED_OUT",
      cause: { id: "NOT_LEADER_OR_FOLLOWER" },
      detail: expect.stringMatching(/^orders-0: .*; first: NOT_LEADER_OR_FOLLOWER: [^;]*$/),
    });
  });

  test("keeps the first reason when others came of it, and tells the last one too", async () => {
    const first = new ApiError("KAFKA_STORAGE_ERROR", { detail: "the disk is full" });
    await givesUp([first, ...passing("NOT_ENOUGH_REPLICAS")]).toMatchObject({
      id: "REQUEST_TIMED_OUT",
      cause: first,
      detail: expect.stringMatching(
        /first: KAFKA_STORAGE_ERROR: the disk is full; last: NOT_ENOUGH_REPLICAS: /,
      ),
    });
  });

  test("send waits while the buffer is full, and everything arrives in order", async () => {
    const producer = new Producer(transport, runtime, { batchBytesMax: 1_000, bufferBytesMax: 1_000 });
    const sent = await settled(
      Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          producer.send({ topic: "orders", value: `${at}`.padStart(100) }),
        ),
      ),
    );
    expect(sent.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  test("records linger for others", async () => {
    const producer = new Producer(transport, runtime, { lingerMs: 10 });
    const first = producer.send({ topic: "orders", value: "early" });
    await new Promise((resolve) => setImmediate(resolve));
    runtime.clock.advance(9);
    const second = producer.send({ topic: "orders", value: "late" });
    await settled(Promise.all([first, second]));
    expect(transport.produced.map(({ batch }) => values(batch))).toEqual([["early", "late"]]);
  });

  test("close sends what lingers, then refuses", async () => {
    const producer = new Producer(transport, runtime, { lingerMs: 60_000 });
    const sent = producer.send({ topic: "orders", value: "x" });
    await settled(producer.close());
    expect((await sent).offset).toBe(0);
    await expect(producer.send({ topic: "orders", value: "y" })).rejects.toMatchObject({
      id: "INVALID_REQUEST",
    });
  });

  test("flush waits for everything sent before, records that still look for their partition included", async () => {
    const producer = new Producer(transport, runtime, { lingerMs: 60_000 });
    let acknowledged = 0;
    for (const topic of ["orders", "wide", "orders"]) {
      void producer.send({ topic, value: "x" }).then(() => {
        acknowledged += 1;
      });
    }
    await settled(producer.flush());
    expect(acknowledged).toBe(3);
    expect(runtime.clock.monotonicMs()).toBeLessThan(60_000);
  });

  test("a full batch does not linger", async () => {
    const producer = new Producer(transport, runtime, { lingerMs: 60_000, batchBytesMax: 300 });
    const [first] = ["a", "b", "c"].map((letter) =>
      producer.send({ topic: "orders", value: letter.repeat(100) }),
    );
    await first;
    expect(transport.produced.map(({ batch }) => values(batch).length)).toEqual([2]);
  });

  test("lingering records make room for those that wait", async () => {
    const options = { lingerMs: 60_000, batchBytesMax: 1_000, bufferBytesMax: 1_000 };
    const producer = new Producer(transport, runtime, options);
    const sent = ["a", "b", "c"].map((letter) =>
      producer.send({ topic: "orders", value: letter.repeat(600) }),
    );
    await Promise.all(sent.slice(0, 2));
    expect(transport.produced.length).toBeGreaterThanOrEqual(2);
  });

  test("a batch for a topic that was deleted is given up", async () => {
    transport.refuseNext(...Array.from({ length: 10 }, () => new ApiError("UNKNOWN_TOPIC_OR_PARTITION")));
    const producer = new Producer(transport, runtime);
    const sent = producer.send({ topic: "gone", partition: 0, value: "x" });
    await expect(settled(sent)).rejects.toMatchObject({ id: "UNKNOWN_TOPIC_OR_PARTITION" });
    expect(runtime.clock.monotonicMs()).toBeLessThan(1_000);
  });

  test("a broker that never answers is given up after deliveryTimeoutMs", async () => {
    transport.produce = () => new Promise(() => {});
    const producer = new Producer(transport, runtime, { deliveryTimeoutMs: 5_000 });
    const sent = settled(producer.send({ topic: "orders", value: "x" }));
    await expect(sent).rejects.toMatchObject({
      id: "REQUEST_TIMED_OUT",
      detail: "orders-0: not acknowledged within deliveryTimeoutMs; no answer came",
    });
  });

  test("close gives up after timeoutMs, and with it what waits behind", async () => {
    transport.refuseNext(...Array.from({ length: 1_000 }, () => new ApiError("NETWORK_EXCEPTION")));
    const producer = new Producer(transport, runtime, { batchBytesMax: 100 });
    const sent = Promise.allSettled(
      ["a", "b"].map((letter) => producer.send({ topic: "orders", value: letter.repeat(90) })),
    );
    await settled(producer.close({ timeoutMs: 2_000 }));
    expect(runtime.clock.monotonicMs()).toBeLessThan(4_000);
    const reasons = (await sent).map((one) => one.status === "rejected" && one.reason);
    expect(reasons).toMatchObject([
      { id: "REQUEST_TIMED_OUT", cause: { id: "NETWORK_EXCEPTION" } },
      { id: "REQUEST_TIMED_OUT", detail: "orders-0: the producer was closed; no answer came" },
    ]);
  });

  test("options that cannot work are refused", () => {
    const withBatches = (batchBytesMax: number) => () => new Producer(transport, runtime, { batchBytesMax });
    expect(withBatches(0)).toThrow("batchBytesMax must be above 0");
    expect(withBatches(64 * 1024 * 1024)).toThrow("bufferBytesMax must be at least batchBytesMax");
  });
});
