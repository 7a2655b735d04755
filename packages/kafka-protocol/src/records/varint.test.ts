import fc from "fast-check";
import { expect, test } from "vitest";
import { unzigzag, varintSize, varlongSize, wideVarlong, writeVarint, writeVarlong } from "./varint.ts";

/** The definition, on bigints. */
function encode(value: bigint, bits: bigint): number[] {
  let zigzag = BigInt.asUintN(Number(bits), (value << 1n) ^ (value >> (bits - 1n)));
  const bytes: number[] = [];
  for (; zigzag >= 0x80n; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80);
  return [...bytes, Number(zigzag)];
}

test("an int32 is written as defined, in the size announced", () => {
  const edges = [0, -1, 1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)];
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.constantFrom(...edges)), (value) => {
      const buffer = Buffer.alloc(5);
      const end = writeVarint(buffer, 0, value);
      expect([...buffer.subarray(0, end)]).toEqual(encode(BigInt(value), 32n));
      expect(varintSize(value)).toBe(end);
    }),
  );
});

test("an int64 is written as defined, in the size announced, and read back", () => {
  const edges = [
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 34,
    2 ** 48 - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(...edges)), (value) => {
      const buffer = Buffer.alloc(10);
      const end = writeVarlong(buffer, 0, value);
      expect([...buffer.subarray(0, end)]).toEqual(encode(BigInt(value), 64n));
      expect(varlongSize(value)).toBe(end);
      expect(wideVarlong(buffer, 0, end)).toBe(value);
    }),
  );
});

test("an int64 beyond 2^53 is read as a bigint", () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      const bytes = Buffer.from(encode(value, 64n));
      expect(BigInt(wideVarlong(bytes, 0, bytes.length))).toBe(value);
    }),
  );
});

test("zigzag puts the sign into the lowest bit", () => {
  expect([0, 1, 2, 3, -2, -1].map(unzigzag)).toEqual([0, -1, 1, -2, 2 ** 31 - 1, -(2 ** 31)]);
});
