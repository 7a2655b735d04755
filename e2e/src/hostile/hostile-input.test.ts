import { once } from "node:events";
import { connect } from "@millrace/client";
import { ApiKey, Writer } from "@millrace/kafka-protocol";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { KafkaConnection, MillraceProcess, residentBytes, temporaryDirectory } from "../harness/index.ts";
import { Bystander, produce, produceRequest } from "./bystander.ts";
import { MemoryWatch } from "./memory-watch.ts";

const MEGABYTE = 1024 * 1024;
const BUDGET_BYTES = 128 * MEGABYTE;
/** Over what an idle process holds: buffers that wait for the collector, and the process's own objects. */
const SLACK_BYTES = 150 * MEGABYTE;
const UNSUPPORTED_VERSION = 35;
const clientSoftware = { clientSoftwareName: "e2e", clientSoftwareVersion: "1.0" };

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let node: MillraceProcess;
let bystander: Bystander;
let idleBytes: number;
beforeAll(async () => {
  directory = await temporaryDirectory();
  const args = ["--memory-budget", String(BUDGET_BYTES), "--log-level", "error"];
  node = await MillraceProcess.start({ dataDir: directory.path, args });
  idleBytes = residentBytes(node.pid);
  await using client = connect({ broker: node.grpc });
  const names = ["bystander", "flooded", "large"];
  await client.admin.createTopics(names.map((name) => ({ name, partitions: 1 })));
  bystander = await Bystander.start(node.kafka, "bystander");
});
afterAll(async () => {
  await bystander?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});
beforeEach(() => bystander.untilServed());

/** Runs an attack; in the midst of it and after it another client is served, and memory stays in its bounds. */
async function withstand(attack: (underAttack: () => Promise<void>) => Promise<void>): Promise<void> {
  using memory = new MemoryWatch(node.pid);
  await attack(() => bystander.untilServed());
  await bystander.untilServed();
  expect(node.child.exitCode).toBe(null);
  expect(memory.maxBytes).toBeLessThan(idleBytes + BUDGET_BYTES + SLACK_BYTES);
}

async function openMany(
  count: number,
): Promise<AsyncDisposable & { readonly all: readonly KafkaConnection[] }> {
  const all: KafkaConnection[] = [];
  // A hundred at a time: more than the kernel's queue of new connections holds would time out and try again.
  while (all.length < count) {
    const some = Math.min(100, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: some }, () => KafkaConnection.open(node.kafka)))));
  }
  const close = async () => {
    await Promise.all(all.map((connection) => connection[Symbol.asyncDispose]()));
  };
  return { all, [Symbol.asyncDispose]: close };
}

/** Bytes that look like chance and are the same in every run (xorshift32). */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed + 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A header of a request, and whatever is to follow. */
function framed(apiKey: number, apiVersion: number, body: Buffer): Buffer {
  const writer = new Writer();
  writer.int16(apiKey);
  writer.int16(apiVersion);
  writer.int32(7);
  writer.int16(-1);
  const rest = Buffer.concat([writer.finishBuffer(), body]);
  return Buffer.concat([int32(rest.length), rest]);
}

test("random bytes, with and without a length that fits", async () => {
  await withstand(async (underAttack) => {
    await using connections = await openMany(200);
    for (const [at, { socket }] of connections.all.entries()) {
      const bytes = noise(1 + at * 17, at);
      socket.write(at % 2 === 0 ? bytes : Buffer.concat([int32(bytes.length), bytes]));
    }
    await underAttack();
  });
});

test("frames cut off anywhere", async () => {
  await withstand(async () => {
    await using whole = await KafkaConnection.open(node.kafka);
    const frame = whole.frame(produceApi, 9, produceRequest("flooded", Buffer.alloc(50)));
    await using connections = await openMany(frame.length - 1);
    for (const [at, { socket }] of connections.all.entries()) socket.end(frame.subarray(0, at + 1));
    await Promise.all(connections.all.map(({ closed }) => closed));
  });
});

test.each([
  ["2 GB", 2 ** 31 - 1],
  ["less than nothing", -1],
  ["more than socket.request.max.bytes", 104_857_601],
])("a frame that declares %s closes its connection", async (_, length) => {
  await withstand(async () => {
    await using connection = await KafkaConnection.open(node.kafka);
    connection.socket.write(int32(length));
    await connection.closed;
  });
});

test.each([
  ["an array of 2^31 - 1 elements", framed(ApiKey.Metadata, 1, int32(2 ** 31 - 1))],
  [
    "a compact array of 2^32 - 1 elements",
    framed(ApiKey.Metadata, 9, Buffer.from([0, 255, 255, 255, 255, 15])),
  ],
  ["an unknown API", framed(999, 0, Buffer.alloc(4))],
  ["an API that is served elsewhere", framed(ApiKey.Vote, 0, Buffer.alloc(4))],
  ["an unknown version", framed(ApiKey.Metadata, 99, Buffer.alloc(4))],
  ["a negative version", framed(ApiKey.Metadata, -1, Buffer.alloc(4))],
])("%s closes its connection", async (_, frame) => {
  await withstand(async () => {
    await using connection = await KafkaConnection.open(node.kafka);
    connection.socket.write(frame);
    await connection.closed;
  });
});

test("an unknown version of ApiVersions is answered with those that there are", async () => {
  await using connection = await KafkaConnection.open(node.kafka);
  const [response] = await (async () => {
    connection.socket.pause();
    connection.socket.write(framed(ApiKey.ApiVersions, 99, Buffer.alloc(4)));
    connection.socket.removeAllListeners("data");
    connection.socket.resume();
    return (await once(connection.socket, "data")) as [Buffer];
  })();
  // Length, correlation id, error code: version 0 of the response.
  expect(response.readInt32BE(4)).toBe(7);
  expect(response.readInt16BE(8)).toBe(UNSUPPORTED_VERSION);
});

test("clients that never read their responses", async () => {
  await using writer = await KafkaConnection.open(node.kafka);
  for (let at = 0; at < 64; at += 1) await produce(writer, "large", noise(MEGABYTE - 1_000, at));
  await withstand(async (underAttack) => {
    await using connections = await openMany(30);
    for (const connection of connections.all) {
      connection.socket.pause();
      for (let at = 0; at < 40; at += 1) {
        const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 50 * MEGABYTE }];
        const topics = [{ topic: "large", partitions }];
        connection.socket.write(
          connection.frame(fetchApi, 11, {
            ...{ replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 50 * MEGABYTE, sessionEpoch: -1 },
            ...{ topics, forgottenTopicsData: [], rackId: "" },
          }),
        );
      }
    }
    await underAttack();
    await underAttack();
  });
});

test("5,000 idle connections", async () => {
  await withstand(async (underAttack) => {
    await using connections = await openMany(5_000);
    await underAttack();
    // They are there to be used.
    const last = connections.all.at(-1);
    expect((await last?.call(metadataApi, 9, { topics: [] }))?.brokers).toHaveLength(1);
  });
});

/** A frame of so many bytes begins, and does not go on. */
function halfFrame(announcedBytes: number, sentBytes: number): Buffer {
  const start = Buffer.concat([
    int32(announcedBytes),
    framed(ApiKey.Produce, 9, Buffer.alloc(0)).subarray(4),
  ]);
  return Buffer.concat([start, Buffer.alloc(Math.max(0, sentBytes - start.length))]);
}

// One after the other on one node, whose memory has to come back from each of them.
test.each([
  { connections: 300, announced: 90 * MEGABYTE, sent: 10 },
  { connections: 300, announced: 90 * MEGABYTE, sent: MEGABYTE },
  { connections: 300, announced: 90 * MEGABYTE, sent: 3 * MEGABYTE },
  { connections: 300, announced: 24 * MEGABYTE, sent: 3 * MEGABYTE },
  { connections: 300, announced: 6 * MEGABYTE, sent: 3 * MEGABYTE },
  { connections: 2_000, announced: 100_000, sent: 90_000 },
])("$connections connections that announce $announced bytes each and send $sent", async (attack) => {
  await withstand(async (underAttack) => {
    await using connections = await openMany(attack.connections);
    const start = halfFrame(attack.announced, attack.sent);
    for (const { socket } of connections.all) socket.write(start);
    await underAttack();
    await using producer = await KafkaConnection.open(node.kafka);
    expect(await produce(producer, "large", noise(MEGABYTE - 1_000, 1))).toMatchObject({ errorCode: 0 });
    await underAttack();
  });
});

test("producers that send faster than anything can be stored", async () => {
  const value = noise(MEGABYTE - 1_000, 2);
  await withstand(async (underAttack) => {
    await using connections = await openMany(16);
    const answers = connections.all.flatMap((connection) =>
      Array.from({ length: 24 }, () => produce(connection, "flooded", value)),
    );
    await underAttack();
    const settled = await Promise.all(answers);
    // Each is there, once, or was refused by an error; these all fit.
    expect(settled.filter(({ errorCode }) => errorCode !== 0)).toEqual([]);
    expect(new Set(settled.map(({ offset }) => offset)).size).toBe(settled.length);
  });
});

test("after all that, it answers and stops as ever", async () => {
  await using connection = await KafkaConnection.open(node.kafka);
  expect((await connection.call(apiVersionsApi, 3, clientSoftware)).errorCode).toBe(0);
  await bystander[Symbol.asyncDispose]();
  expect(await node.stop()).toBe(0);
});
