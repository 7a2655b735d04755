import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Compression, type CompressionName } from "./batch-attributes.ts";
import { isCrcValid } from "./batch-crc.ts";
import { maxTimestamp, sizeInBytes } from "./batch-header.ts";
import { decodeBatch, decodeRecords } from "./decode-batch.ts";
import { decompressBody } from "./decode-v2.ts";
import { recompressBatch } from "./recompress-batch.ts";
import { RecordBatchBuilder } from "./record-batch-builder.ts";
import { validateBatch } from "./validate-batch.ts";
import { validateRecords } from "./validate-records.ts";

const codecs = Object.keys(Compression) as CompressionName[];

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data)),
  fc.tuple(fc.nat(2_000), fc.nat(255)).map(([size, fill]) => Buffer.alloc(size, fill)),
);
const nullableBytes = fc.option(bytes);
const record = fc.record({
  timestamp: fc.oneof(
    fc.constant(-1),
    fc.integer({ min: 1_767_225_600_000, max: 1_767_225_700_000 }),
    fc.maxSafeNat(),
  ),
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(
    fc.record({ key: fc.string({ unit: "grapheme", maxLength: 10 }), value: nullableBytes }),
    {
      maxLength: 3,
    },
  ),
});
const records = fc.array(record, { minLength: 1, maxLength: 12 });
const codec = fc.constantFrom(...codecs);

describe("what is built is what is read", () => {
  test("records, with every codec", () => {
    fc.assert(
      fc.property(records, codec, fc.oneof(fc.constant(0), fc.maxSafeNat()), (input, compression, first) => {
        const baseOffset = Math.min(first, Number.MAX_SAFE_INTEGER - input.length);
        const builder = new RecordBatchBuilder(0);
        for (const { timestamp, key, value, headers } of input) {
          const sizeBefore = builder.sizeInBytes;
          const growth = builder.sizeOf(timestamp, key, value, headers);
          builder.append(timestamp, key, value, headers);
          expect(builder.sizeInBytes - sizeBefore).toBe(growth);
        }
        const uncompressedBytes = builder.sizeInBytes;
        const batch = builder.build({ baseOffset, compression });
        if (compression === "none") expect(batch.length).toBe(uncompressedBytes);
        expect(sizeInBytes(batch, 0)).toBe(batch.length);
        expect(maxTimestamp(batch, 0)).toBe(Math.max(...input.map(({ timestamp }) => timestamp)));
        expect(validateBatch(batch, 0, batch.length, baseOffset === 0 ? "client" : "log")).toBeUndefined();
        expect(decodeRecords(batch)).toEqual(
          input.map((each, index) => ({ ...each, offset: baseOffset + index })),
        );
        const rules = { recordCount: input.length, keyRequired: false };
        expect(validateRecords(decompressBody(batch, 0), rules)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test("records, when a broker packs them with another codec", () => {
    fc.assert(
      fc.property(records, codec, codec, (input, from, to) => {
        const builder = new RecordBatchBuilder();
        for (const { timestamp, key, value, headers } of input)
          builder.append(timestamp, key, value, headers);
        const batch = builder.build({ compression: from, producerId: 5, producerEpoch: 1, baseSequence: 9 });
        const packed = recompressBatch(batch, 0, decompressBody(batch, 0), to);
        expect(isCrcValid(packed, 0)).toBe(true);
        const { crc, ...expected } = { ...decodeBatch(batch), compression: to };
        expect(decodeBatch(packed)).toEqual({ ...expected, crc: expect.any(Number) });
      }),
      { numRuns: 50 },
    );
  });
});

test.each(codecs)("a builder is empty after build and can be used again (%s)", (compression) => {
  const builder = new RecordBatchBuilder(100);
  builder.append(10, null, Buffer.from("first"));
  const first = builder.build({ compression });
  expect(builder.recordCount).toBe(0);
  builder.append(5, Buffer.from("k"), Buffer.from("second"));
  const second = builder.build({ compression, baseOffset: 7 });
  expect(decodeRecords(first)).toMatchObject([{ offset: 0, timestamp: 10, value: Buffer.from("first") }]);
  expect(decodeRecords(second)).toMatchObject([{ offset: 7, timestamp: 5, value: Buffer.from("second") }]);
});

test("levels of gzip and zstd are the codecs' own", () => {
  const build = (compression: CompressionName, compressionLevel: number) => {
    const builder = new RecordBatchBuilder();
    for (let index = 0; index < 500; index++)
      builder.append(index, null, Buffer.from(`value ${index ** 5 % 9973}`));
    return builder.build({ compression, compressionLevel });
  };
  expect(build("gzip", 9).length).toBeLessThan(build("gzip", 1).length);
  expect(build("zstd", 19).length).toBeLessThan(build("zstd", 1).length);
});

test("a builder refuses a batch without records and negative timestamps", () => {
  const builder = new RecordBatchBuilder();
  expect(() => builder.build()).toThrow(RangeError);
  expect(() => builder.append(-2, null, null)).toThrow(RangeError);
  expect(builder.recordCount).toBe(0);
});
