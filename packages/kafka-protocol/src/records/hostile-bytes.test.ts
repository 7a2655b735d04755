import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { goldenBatches } from "../../test-support/golden-batches.ts";
import { ProtocolError } from "../protocol-error.ts";
import { Compression, type CompressionName } from "./batch-attributes.ts";
import { BatchCursor } from "./batch-cursor.ts";
import * as header from "./batch-header.ts";
import { decodeBatch, decodeBatches } from "./decode-batch.ts";
import { RecordBatchBuilder } from "./record-batch-builder.ts";
import { validateBatch } from "./validate-batch.ts";
import { validateRecords } from "./validate-records.ts";

const options = { decompressedBytesMax: 1 << 20, itemsMax: 1000, verifyCrc: false };

/** Whether the bytes decode; anything but this package's own error gets through and fails the test. */
function decodes(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

function sample(compression: CompressionName): Buffer {
  const builder = new RecordBatchBuilder();
  for (let index = 0; index < 8; index++) {
    const headers = index % 2 === 0 ? [] : [{ key: "trace", value: Buffer.from("abc") }];
    builder.append(
      1_767_225_600_000 + index,
      Buffer.from(`key-${index}`),
      Buffer.alloc(20 * index, "value "),
      headers,
    );
  }
  return builder.build({ compression });
}

const samples = [
  ...(Object.keys(Compression) as CompressionName[]).map(sample),
  ...goldenBatches.filter(({ bytes }) => bytes.length < 300).map(({ bytes }) => bytes),
];

/** Every reader of this folder. */
function readEverything(bytes: Buffer): void {
  decodes(() => decodeBatch(bytes, 0, options));
  decodes(() => decodeBatches(bytes, options));
  validateRecords(bytes, { recordCount: 3, keyRequired: true });
  const cursor = new BatchCursor(bytes);
  while (cursor.next()) expect(cursor.at + cursor.size).toBeLessThanOrEqual(bytes.length);
  if (validateBatch(bytes, 0, bytes.length, "log") === undefined) readHeader(bytes);
}

function readHeader(bytes: Buffer): void {
  const { baseOffset, lastOffset, baseTimestamp, maxTimestamp, producerId, lastSequence } = header;
  for (const read of [baseOffset, lastOffset, baseTimestamp, maxTimestamp, producerId, lastSequence]) {
    expect(Number.isSafeInteger(read(bytes, 0))).toBe(true);
  }
}

describe("bytes from outside end in a ProtocolError or in records", () => {
  test("cut short anywhere", () => {
    for (const batch of samples) {
      for (let length = 0; length < batch.length; length++) readEverything(batch.subarray(0, length));
    }
  });

  test("a body that is cut short never decodes", () => {
    for (const batch of samples.filter((each) => header.magic(each, 0) === 2)) {
      for (let bytes = header.RECORD_BATCH_OVERHEAD; bytes < batch.length; bytes++) {
        const cut = Buffer.from(batch.subarray(0, bytes));
        cut.writeInt32BE(bytes - header.LOG_OVERHEAD, header.BatchField.batchLength);
        // The last bytes of an LZ4 frame are its end mark, of gzip its checksum: without them it is not whole.
        expect(decodes(() => decodeBatch(cut, 0, options))).toBe(false);
      }
    }
  });

  test("changed in a few places", () => {
    const change = fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (batch, changes) => {
          const changed = Buffer.from(batch);
          for (const { at, byte } of changes) changed[at % changed.length] = byte;
          readEverything(changed);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("at random", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (noise, compression) => {
        readEverything(Buffer.from(noise));
        const framed = Buffer.concat([sample("none").subarray(0, header.RECORD_BATCH_OVERHEAD), noise]);
        framed.writeInt32BE(framed.length - header.LOG_OVERHEAD, header.BatchField.batchLength);
        framed.writeInt16BE(compression, header.BatchField.attributes);
        readEverything(framed);
      }),
      { numRuns: 1000 },
    );
  });

  test("a wrong CRC is noticed unless nobody asks", () => {
    const batch = sample("none");
    batch[batch.length - 2]! ^= 1;
    expect(() => decodeBatch(batch)).toThrow(expect.objectContaining({ reason: "corrupt" }));
    expect(decodes(() => decodeBatch(batch, 0, { verifyCrc: false }))).toBe(true);
  });

  test("too many records or headers", () => {
    const builder = new RecordBatchBuilder();
    const headers = Array.from({ length: 9 }, () => ({ key: "", value: null }));
    for (let index = 0; index < 10; index++) builder.append(0, null, null, headers);
    const batch = builder.build();
    expect(decodeBatch(batch, 0, { itemsMax: 100 }).records).toHaveLength(10);
    expect(() => decodeBatch(batch, 0, { itemsMax: 99 })).toThrow(
      expect.objectContaining({ reason: "oversized" }),
    );
  });
});
