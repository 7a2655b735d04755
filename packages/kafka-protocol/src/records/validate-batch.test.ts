import { describe, expect, test } from "vitest";
import { goldenBatches } from "../../test-support/golden-batches.ts";
import { computeCrc } from "./batch-crc.ts";
import { BatchField as Field, LOG_OVERHEAD, sizeInBytes } from "./batch-header.ts";
import { buildMarkerBatch } from "./control-record.ts";
import { RecordBatchBuilder } from "./record-batch-builder.ts";
import { type BatchProblem, batchProblems, validateBatch } from "./validate-batch.ts";

function clientBatch(): Buffer {
  const builder = new RecordBatchBuilder();
  for (let index = 0; index < 3; index++) builder.append(1000 + index, null, Buffer.from("value"));
  return builder.build({ producerId: 4, producerEpoch: 0, baseSequence: 0 });
}

function changed(change: (batch: Buffer) => void): Buffer {
  const batch = clientBatch();
  change(batch);
  batch.writeUInt32BE(computeCrc(batch, 0, batch.length), Field.crc);
  return batch;
}

const beyondSafe = 2n ** 53n;

describe("a batch with this has a problem, in any log", () => {
  test.each<[BatchProblem, string, (batch: Buffer) => void]>([
    ["unknownCompression", "codec 5", (batch) => batch.writeInt16BE(5, Field.attributes)],
    [
      "unsafeTimestamp",
      "a base timestamp of 2^53",
      (batch) => batch.writeBigInt64BE(beyondSafe, Field.baseTimestamp),
    ],
    [
      "unsafeTimestamp",
      "a max timestamp of -2^53",
      (batch) => batch.writeBigInt64BE(-beyondSafe, Field.maxTimestamp),
    ],
    ["badOffsets", "base offset 2^53", (batch) => batch.writeBigInt64BE(beyondSafe, Field.baseOffset)],
    ["badOffsets", "last offset 2^53", (batch) => batch.writeBigInt64BE(beyondSafe - 2n, Field.baseOffset)],
    ["badOffsets", "base offset -1", (batch) => batch.writeBigInt64BE(-1n, Field.baseOffset)],
    ["badOffsets", "last offset delta -1", (batch) => batch.writeInt32BE(-1, Field.lastOffsetDelta)],
    ["badRecordCount", "-1 records", (batch) => batch.writeInt32BE(-1, Field.recordCount)],
    ["badRecordCount", "2^31 - 1 records", (batch) => batch.writeInt32BE(2 ** 31 - 1, Field.recordCount)],
    ["badProducer", "producer id 2^53", (batch) => batch.writeBigInt64BE(beyondSafe, Field.producerId)],
  ])("%s: %s", (problem, _what, change) => {
    const batch = changed(change);
    expect(validateBatch(batch, 0, batch.length, "log")).toBe(problem);
    expect(validateBatch(batch, 0, batch.length, "client")).toBe(problem);
  });
});

describe("a batch with this has a problem when a client sends it", () => {
  test.each<[BatchProblem, string, (batch: Buffer) => void]>([
    ["controlFromClient", "the control bit", (batch) => batch.writeInt16BE(0x20, Field.attributes)],
    ["emptyFromClient", "no records", (batch) => batch.writeInt32BE(0, Field.recordCount)],
    ["clientOffsets", "base offset 1", (batch) => batch.writeBigInt64BE(1n, Field.baseOffset)],
    ["clientOffsets", "a gap", (batch) => batch.writeInt32BE(3, Field.lastOffsetDelta)],
    ["badProducer", "producer id -2", (batch) => batch.writeBigInt64BE(-2n, Field.producerId)],
    ["badProducer", "no epoch", (batch) => batch.writeInt16BE(-1, Field.producerEpoch)],
    ["badProducer", "no sequence", (batch) => batch.writeInt32BE(-1, Field.baseSequence)],
  ])("%s: %s", (problem, _what, change) => {
    const batch = changed(change);
    expect(validateBatch(batch, 0, batch.length, "log")).toBeUndefined();
    expect(validateBatch(batch, 0, batch.length, "client")).toBe(problem);
  });
});

describe("framing", () => {
  test("a batch that ends beyond the limit", () => {
    const batch = clientBatch();
    for (let limit = 0; limit < batch.length; limit++) {
      expect(validateBatch(batch, 0, limit, "client")).toBe("truncated");
    }
    expect(validateBatch(batch, 0, batch.length, "client")).toBeUndefined();
  });

  test.each([-(2 ** 31), -1, 0, 48])("length %i", (length) => {
    const batch = clientBatch();
    batch.writeInt32BE(length, Field.batchLength);
    expect(validateBatch(batch, 0, batch.length, "client")).toBe("impossibleLength");
  });

  test("a length just beyond the bytes there are, up to 2 GiB", () => {
    const batch = clientBatch();
    for (const length of [batch.length - LOG_OVERHEAD + 1, 2 ** 31 - 1]) {
      batch.writeInt32BE(length, Field.batchLength);
      expect(validateBatch(batch, 0, batch.length, "client")).toBe("truncated");
    }
  });

  test.each([-1, 3, 127])("magic %i", (magic) => {
    const batch = clientBatch();
    batch.writeInt8(magic, Field.magic);
    expect(validateBatch(batch, 0, batch.length, "client")).toBe("unknownMagic");
  });

  test("formats 0 and 1", () => {
    for (const { bytes, name } of goldenBatches) {
      if (name.startsWith("legacy"))
        expect(validateBatch(bytes, 0, bytes.length, "client")).toBe("legacyFormat");
    }
  });

  test("a changed byte", () => {
    const batch = clientBatch();
    batch[batch.length - 1]! ^= 1;
    expect(validateBatch(batch, 0, batch.length, "client")).toBe("crcMismatch");
  });

  test("looks at its own batch only", () => {
    const batches = Buffer.concat([Buffer.from("noise"), clientBatch(), Buffer.from("noise")]);
    expect(validateBatch(batches, 5, 5 + sizeInBytes(batches, 5), "client")).toBeUndefined();
  });
});

test("a producer gets the errors that Kafka 4.3.1 gave for the same bytes", () => {
  const batch = clientBatch();
  const answers = (bytes: Buffer) => {
    const problem = validateBatch(bytes, 0, bytes.length, "client");
    return problem === undefined ? "NONE" : batchProblems[problem];
  };
  const withInt32 = (value: number, at: number) => {
    const bytes = Buffer.from(batch);
    bytes.writeInt32BE(value, at);
    return bytes;
  };
  expect(answers(batch)).toBe("NONE");
  expect(answers(batch.subarray(0, 70))).toBe("INVALID_RECORD");
  expect(answers(Buffer.alloc(0))).toBe("INVALID_RECORD");
  expect(answers(withInt32(40, Field.batchLength))).toBe("CORRUPT_MESSAGE");
  expect(answers(withInt32(0x0300_0000, Field.magic))).toBe("CORRUPT_MESSAGE");
  expect(answers(withInt32(0x0100_0000, Field.magic))).toBe("INVALID_RECORD");
  expect(answers(withInt32(0, Field.crc))).toBe("CORRUPT_MESSAGE");
  expect(answers(changed((bytes) => bytes.writeInt32BE(0, Field.recordCount)))).toBe("INVALID_RECORD");
  expect(answers(changed((bytes) => bytes.writeBigInt64BE(beyondSafe, Field.baseTimestamp)))).toBe(
    "INVALID_TIMESTAMP",
  );
});

test("markers are fine in a log", () => {
  const marker = buildMarkerBatch({
    type: "abort",
    coordinatorEpoch: 1,
    producerId: 3,
    producerEpoch: 0,
    timestamp: 9,
  });
  expect(validateBatch(marker, 0, marker.length, "log")).toBeUndefined();
});
