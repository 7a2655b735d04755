import fc from "fast-check";
import { expect, test } from "vitest";
import { messageVectors } from "../test-support/message-vectors.ts";
import { messageCodecs } from "./generated/all.ts";
import type { AnyMessageCodec } from "./message-codec.ts";
import { ProtocolError } from "./protocol-error.ts";
import { Reader } from "./reader.ts";

const SEED = 848;
const codecs = new Map(messageCodecs.map((codec) => [codec.name, codec]));
const vectors = messageVectors().map((vector) => ({ ...vector, codec: codecs.get(vector.message)! }));

test("a message that is cut off is refused, wherever it is cut", () => {
  for (const { codec, version, bytes, message } of vectors) {
    // Every length up to 64, then every 11th: the rest repeats the same kinds of fields.
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 11) {
      const outcome = decode(codec, version, bytes.subarray(0, length));
      if (outcome instanceof ProtocolError) continue;
      expect.fail(`${message} version ${version} cut to ${length} bytes was accepted`);
    }
  }
});

test("messages with changed bytes are decoded or refused", () => {
  // A byte becomes what hurts most in lengths and counts: all ones, the sign, a varint that goes on, null.
  const harmful = [0xff, 0x80, 0x7f, 0x00];
  for (const { codec, version, bytes } of vectors) {
    const stride = Math.ceil(bytes.length / 24);
    for (let at = 0; at < bytes.length; at += stride) {
      for (const value of harmful) {
        const changed = Buffer.from(bytes);
        changed.fill(value, at, Math.min(at + (value === 0xff ? 4 : 1), changed.length));
        expectBounded(codec, version, changed);
      }
    }
  }
});

test("random bytes are decoded or refused", () => {
  for (const codec of messageCodecs) {
    for (const version of new Set([codec.minVersion, codec.maxVersion])) {
      const property = fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), (bytes) => {
        expectBounded(codec, version, Buffer.from(bytes));
      });
      fc.assert(property, { seed: SEED, numRuns: 20 });
    }
  }
});

test("a version that a message does not have is refused", () => {
  for (const codec of messageCodecs) {
    for (const version of [codec.minVersion - 1, codec.maxVersion + 1, Number.NaN]) {
      expect(decode(codec, version, Buffer.alloc(100))).toMatchObject({ reason: "unsupported" });
    }
  }
});

/** Whatever the bytes are, there are no more array elements in the outcome than bytes. */
function expectBounded(codec: AnyMessageCodec, version: number, bytes: Buffer): void {
  const outcome = decode(codec, version, bytes);
  if (!(outcome instanceof ProtocolError) && elements(outcome) > bytes.length) {
    expect.fail(`${codec.name} version ${version}: more elements than ${bytes.length} bytes hold`);
  }
}

function decode(codec: AnyMessageCodec, version: number, bytes: Buffer): unknown {
  try {
    return codec.decode(new Reader(bytes), version);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

function elements(value: unknown): number {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return 0;
  let count = Array.isArray(value) ? value.length : 0;
  for (const child of Object.values(value)) count += elements(child);
  return count;
}
