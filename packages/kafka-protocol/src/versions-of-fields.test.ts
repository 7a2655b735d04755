import { expect, test } from "vitest";
import { decodeFetchResponse, encodeFetchRequest, encodeFetchResponse } from "./generated/fetch.ts";
import { encodeMetadataRequest } from "./generated/metadata.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const request = { maxWaitMs: 500, minBytes: 1, topics: [] };
const partition = {
  partitionIndex: 0,
  errorCode: 0,
  highWatermark: 5,
  abortedTransactions: null,
  records: null,
};

test("a field that the version lacks may have its default only", () => {
  const encode = (replicaState: { replicaId: number; replicaEpoch: number }) => (): void =>
    encodeFetchRequest(new Writer(), { ...request, replicaState }, 14);
  expect(encode({ replicaId: -1, replicaEpoch: -1 })).not.toThrow();
  expect(encode({ replicaId: 1, replicaEpoch: -1 })).toThrow(
    expect.objectContaining({ reason: "unsupported" }),
  );
});

test("an ignorable field is dropped in versions that lack it", () => {
  const encoded = (rackId: string): string => {
    const writer = new Writer();
    encodeFetchRequest(writer, { ...request, rackId }, 10);
    return writer.finishBuffer().toString("hex");
  };
  expect(encoded("a")).toBe(encoded(""));
});

test("null is refused in versions that do not have it for a field", () => {
  expect(() => encodeMetadataRequest(new Writer(), { topics: null }, 1)).not.toThrow();
  expect(() => encodeMetadataRequest(new Writer(), { topics: null }, 0)).toThrow(
    expect.objectContaining({ reason: "unsupported" }),
  );
});

test("a tagged field at its default is not written, and read as its default", () => {
  const encoded = (currentLeader?: { leaderId: number; leaderEpoch: number }): Buffer => {
    const writer = new Writer();
    const partitions = [{ ...partition, ...(currentLeader && { currentLeader }) }];
    encodeFetchResponse(writer, { throttleTimeMs: 0, responses: [{ partitions }] }, 16);
    return writer.finishBuffer();
  };
  expect(encoded({ leaderId: -1, leaderEpoch: -1 })).toEqual(encoded());
  const leader = { leaderId: 3, leaderEpoch: 9 };
  for (const [bytes, expected] of [
    [encoded(), { leaderId: -1, leaderEpoch: -1 }],
    [encoded(leader), leader],
  ] as const) {
    const decoded = decodeFetchResponse(new Reader(bytes), 16);
    expect(decoded.responses[0]?.partitions[0]?.currentLeader).toEqual(expected);
  }
});

test("a tag of a later version is refused, as Kafka does", () => {
  const writer = new Writer();
  // Fetch response version 12: throttle time, error, session, no topics; then tag 0, which came with version 16.
  writer.raw(Buffer.from("000000000000 00000000 01 01 00 01 01".replaceAll(" ", ""), "hex"));
  expect(() => decodeFetchResponse(new Reader(writer.finishBuffer()), 12)).toThrow(
    expect.objectContaining({ reason: "invalid" }),
  );
});
