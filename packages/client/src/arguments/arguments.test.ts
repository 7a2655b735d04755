import { createSimulatedRuntime } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { connect } from "../connect.ts";
import { MillraceClient } from "../millrace-client.ts";
import { FakeTransport } from "../testing/fake-transport.ts";
import { ArgumentError } from "./argument-error.ts";

/** The client as plain JavaScript sees it: anything goes in. */
type Untyped = { readonly [name: string]: (...args: readonly unknown[]) => unknown };

const client = new MillraceClient(new FakeTransport({ orders: 1 }), createSimulatedRuntime());
const untyped = client as unknown as Untyped;
const admin = client.admin as unknown as Untyped;
const send = (record: unknown) => (client.producer() as unknown as Untyped).send!(record);
const read = (options: unknown, call?: unknown) =>
  (untyped.read!(options, call) as AsyncIterator<unknown>).next();
const record = { topic: "orders", value: "v" };
const reading = { topic: "orders", partition: 0 };

const calls: readonly (readonly [call: () => unknown, parameter: string, text: string])[] = [
  [() => connect("localhost:9094" as never), "options", `an object, not the string "localhost:9094"`],
  [() => connect({ broker: 9094 as never }), "options.broker", "a string, not the number 9094"],
  [() => connect({ broker: "b:1", clientId: {} as never }), "options.clientId", "a string, not an object"],

  [() => untyped.producer!(5), "options", "an object, not the number 5"],
  [() => untyped.producer!({ acks: -1 }), "options.acks", `"all" or 1, not the number -1`],
  [
    () => untyped.producer!({ compression: "brotli" }),
    "options.compression",
    `"none" or "gzip" or "snappy" or "lz4" or "zstd", not the string "brotli"`,
  ],
  [() => untyped.producer!({ lingerMs: "5" }), "options.lingerMs", `a number, not the string "5"`],
  [
    () => untyped.producer!({ batchBytesMax: Number.NaN }),
    "options.batchBytesMax",
    "a number, not the number NaN",
  ],

  [() => send("v"), "record", `an object, not the string "v"`],
  [() => send([record]), "record", "an object, not an array"],
  [() => send({ value: "v" }), "record.topic", "a string that is not empty, not undefined"],
  [() => send({ ...record, topic: "" }), "record.topic", `a string that is not empty, not the string ""`],
  [() => send({ topic: "orders" }), "record.value", "a string, a Uint8Array or null, not undefined"],
  [
    () => send({ ...record, value: { a: 1 } }),
    "record.value",
    "a string, a Uint8Array or null, not an object",
  ],
  [() => send({ ...record, key: 7 }), "record.key", "a string, a Uint8Array or null, not the number 7"],
  [() => send({ ...record, key: new Date(0) }), "record.key", "a string, a Uint8Array or null, not a Date"],
  [
    () => send({ ...record, partition: "0" }),
    "record.partition",
    `an integer of 0 or more, not the string "0"`,
  ],
  [
    () => send({ ...record, partition: -1 }),
    "record.partition",
    "an integer of 0 or more, not the number -1",
  ],
  [() => send({ ...record, timestampMs: 1n }), "record.timestampMs", "an integer, not the bigint 1"],
  [() => send({ ...record, headers: [] }), "record.headers", "an object, not an array"],
  [
    () => send({ ...record, headers: { trace: 1 } }),
    "record.headers.trace",
    "a string, a Uint8Array or null, not the number 1",
  ],

  [() => read(undefined), "options", "an object, not undefined"],
  [
    () => read({ ...reading, partition: undefined }),
    "options.partition",
    "an integer of 0 or more, not undefined",
  ],
  [
    () => read({ ...reading, from: 5 }),
    "options.from",
    `"earliest", "latest", { offset } or { timestampMs }, not the number 5`,
  ],
  [
    () => read({ ...reading, from: null }),
    "options.from",
    `"earliest", "latest", { offset } or { timestampMs }, not null`,
  ],
  [() => read({ ...reading, from: { offset: 1n } }), "options.from.offset", "an integer, not the bigint 1"],
  [() => read({ ...reading, until: 10 }), "options.until", `"end", not the number 10`],
  [
    () => read({ ...reading, readCommitted: "yes" }),
    "options.readCommitted",
    `a boolean, not the string "yes"`,
  ],
  [() => read(reading, { signal: 1 }), "signal", "an AbortSignal, not the number 1"],

  [() => admin.createTopics!("orders"), "topics", `an array, not the string "orders"`],
  [() => admin.createTopics!(["orders"]), "topics[0]", `an object, not the string "orders"`],
  [() => admin.createTopics!([{ name: "a" }, {}]), "topics[1].name", "a string, not undefined"],
  [
    () => admin.createTopics!([{ name: "a", configs: { "retention.ms": 1 } }]),
    "topics[0].configs.retention.ms",
    "a string, not the number 1",
  ],
  [() => admin.deleteTopics!("orders"), "names", `an array, not the string "orders"`],
  [() => admin.describeTopics!([() => {}]), "names[0]", "a string, not a function"],
  [
    () => admin.createPartitions!([{ name: "a" }]),
    "topics[0].partitions",
    "an integer of 0 or more, not undefined",
  ],
  [
    () => admin.listOffsets!([{ ...reading, at: "newest" }]),
    "queries[0].at",
    `"earliest", "latest", "maxTimestamp" or a time in ms, not the string "newest"`,
  ],
  [
    () => admin.deleteRecords!([{ ...reading, offset: 1.5 }]),
    "before[0].offset",
    "an integer, not the number 1.5",
  ],
  [() => admin.removeVoter!({ nodeId: 4 }), "voter.directoryId", "a string that is not empty, not undefined"],
  [() => admin.addVoter!({ nodeId: 4, directoryId: "d" }), "voter.endpoint", "an object, not undefined"],
  [
    () => admin.addVoter!({ nodeId: 4, directoryId: "d", endpoint: { host: "a b", port: 1 } }),
    "voter.endpoint.host",
    `a host name or IP address, not the string "a b"`,
  ],
  ...[0, -1, 70_000, Number.NaN].map(
    (port) =>
      [
        () => admin.addVoter!({ nodeId: 4, directoryId: "d", endpoint: { host: "localhost", port } }),
        "voter.endpoint.port",
        `an integer from 1 to 65535, not the number ${port}`,
      ] as const,
  ),
  [() => admin.moveController!("4"), "nodeId", `an integer of 0 or more, not the string "4"`],
  [() => admin.listTopics!({ timeoutMs: "1s" }), "options.timeoutMs", `a number, not the string "1s"`],
  [() => admin.describeCluster!(5), "options", "an object, not the number 5"],
  [() => untyped.close!({ timeoutMs: null }), "options.timeoutMs", "a number, not null"],
];

describe("an argument of the wrong type is named, with what should stand there", () => {
  test.each(calls)("%s", async (call, parameter, text) => {
    const error: unknown = await (async () => await call())().then(
      () => "was accepted",
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ parameter, message: `${parameter} must be ${text}` });
  });
});

test("is a TypeError with the code of Node's own", async () => {
  await expect(send(null)).rejects.toBeInstanceOf(TypeError);
  await expect(send(null)).rejects.toMatchObject({ name: "ArgumentError", code: "ERR_INVALID_ARG_TYPE" });
});

test("does not repeat a long text", async () => {
  await expect(send("x".repeat(10_000))).rejects.toThrow(/^record must be an object, not a string$/);
});
