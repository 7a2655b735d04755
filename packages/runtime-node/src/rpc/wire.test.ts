import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EntryKind, MessageBatchSchema } from "@millrace/proto/raft";
import { EchoRequestSchema } from "@millrace/proto/testing";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "./wire.ts";

const limitBytes = 4 * 1024 * 1024;

describe("a message on the wire", () => {
  test.each([[[]], [[0]], [[1, 0, 127, 128]], [[16_383, 16_384, 2_097_152]]])(
    "with payloads of %j bytes is what it was",
    (sizes) => {
      const payloads = sizes.map((size) => new Uint8Array(size).fill(size));
      const append = { kinds: sizes.map(() => EntryKind.DATA), terms: [{ term: 7n, count: sizes.length }] };
      const batch = create(MessageBatchSchema, {
        messages: [{ term: 7n, body: { case: "appendRequest", value: append } }],
        payloads,
      });

      const encoded = encodeMessage(MessageBatchSchema, batch, limitBytes);

      expect(equals(MessageBatchSchema, fromBinary(MessageBatchSchema, encoded), batch)).toBe(true);
      expect(encoded.length).toBe(toBinary(MessageBatchSchema, batch).length);
      expect(batch.payloads.map(({ length }) => length)).toEqual(sizes);
    },
  );

  test("with one payload is what it was, and without", () => {
    for (const payload of [new Uint8Array(), new Uint8Array(300).fill(9)]) {
      const message = create(EchoRequestSchema, { payload });
      const encoded = encodeMessage(EchoRequestSchema, message, limitBytes);
      expect(equals(EchoRequestSchema, fromBinary(EchoRequestSchema, encoded), message)).toBe(true);
      expect(encoded.length).toBe(toBinary(EchoRequestSchema, message).length);
    }
  });

  test("takes no more memory than its size", () => {
    const payloads = [new Uint8Array(100_000), new Uint8Array(50_000)];
    const encoded = encodeMessage(MessageBatchSchema, { payloads }, limitBytes);
    expect(encoded.buffer.byteLength).toBe(encoded.length);
  });

  test("is refused when it is larger than the limit", () => {
    expect(() => encodeMessage(EchoRequestSchema, { payload: new Uint8Array(100) }, 100)).toThrow(/100/);
  });
});
