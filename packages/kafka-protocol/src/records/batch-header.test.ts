import { describe, expect, test } from "vitest";
import { type GoldenBatches, goldenBatches } from "../../test-support/golden-batches.ts";
import { isCrcValid } from "./batch-crc.ts";
import * as header from "./batch-header.ts";
import { setCreateTime, setLogAppendTime, stampBatch } from "./stamp-batch.ts";

const golden = goldenBatches.filter((entry) => entry.batches[0]?.magic === 2);
const hasSafeNumbers = ({ batches }: GoldenBatches): boolean =>
  batches.every(
    ({ baseOffset, producerId }) =>
      Number.isSafeInteger(Number(baseOffset)) && Number.isSafeInteger(Number(producerId)),
  );

describe("the header of Kafka's own batches, in place", () => {
  test.each(golden.filter(hasSafeNumbers))("$name", ({ bytes, batches }) => {
    const at = 7;
    const buffer = Buffer.concat([Buffer.alloc(at), bytes, Buffer.alloc(3)]);
    const [expected] = batches;
    expect({
      baseOffset: String(header.baseOffset(buffer, at)),
      lastOffset: String(header.lastOffset(buffer, at)),
      partitionLeaderEpoch: header.partitionLeaderEpoch(buffer, at),
      magic: header.magic(buffer, at),
      crc: header.crc(buffer, at),
      maxTimestamp: String(header.maxTimestamp(buffer, at)),
      producerId: String(header.producerId(buffer, at)),
      producerEpoch: header.producerEpoch(buffer, at),
      baseSequence: header.baseSequence(buffer, at),
      transactional: header.isTransactional(buffer, at),
      control: header.isControl(buffer, at),
      timestampType: header.timestampType(buffer, at) === "create" ? "CreateTime" : "LogAppendTime",
      deleteHorizonMs: header.deleteHorizonMs(buffer, at) ?? null,
    }).toEqual({ ...expected, compression: undefined, records: undefined });
    expect(header.recordCount(buffer, at)).toBe(expected?.records.length);
    expect(header.sizeInBytes(buffer, at)).toBe(bytes.length);
    expect(isCrcValid(buffer, at)).toBe(true);
  });

  test.each(golden.filter((entry) => !hasSafeNumbers(entry)))(
    "$name has an int64 beyond 2^53",
    ({ bytes }) => {
      const decode = () => [header.baseOffset(bytes, 0), header.producerId(bytes, 0)];
      expect(decode).toThrow(expect.objectContaining({ reason: "invalid" }));
      expect(isCrcValid(bytes, 0)).toBe(true);
    },
  );
});

const sample = () => Buffer.from(golden[0]!.bytes);

test("stamping leaves the CRC as it was", () => {
  const batch = sample();
  stampBatch(batch, 0, 2 ** 41 + 5, 12);
  expect(header.baseOffset(batch, 0)).toBe(2 ** 41 + 5);
  expect(header.lastOffset(batch, 0)).toBe(2 ** 41 + 9);
  expect(header.partitionLeaderEpoch(batch, 0)).toBe(12);
  expect(isCrcValid(batch, 0)).toBe(true);
});

test("log-append time is one for all records, and can be taken back", () => {
  const batch = sample();
  const createTime = header.maxTimestamp(batch, 0);
  setLogAppendTime(batch, 0, 1_767_225_600_500);
  expect(header.timestampType(batch, 0)).toBe("logAppend");
  expect(header.maxTimestamp(batch, 0)).toBe(1_767_225_600_500);
  expect(isCrcValid(batch, 0)).toBe(true);
  setCreateTime(batch, 0, createTime);
  expect(batch.equals(sample())).toBe(true);
});

test("every changed byte from the attributes on breaks the CRC", () => {
  const batch = sample();
  for (let at = header.BatchField.attributes; at < batch.length; at++) {
    batch[at]! ^= 0x10;
    expect(isCrcValid(batch, 0)).toBe(false);
    batch[at]! ^= 0x10;
  }
});

test("sequences wrap around to 0 after the largest int32", () => {
  expect(header.incrementSequence(0, 4)).toBe(4);
  expect(header.incrementSequence(2 ** 31 - 1, 0)).toBe(2 ** 31 - 1);
  expect(header.incrementSequence(2 ** 31 - 1, 1)).toBe(0);
  expect(header.incrementSequence(2 ** 31 - 2, 5)).toBe(3);
  expect(header.lastSequence(sample(), 0)).toBe(header.NO_SEQUENCE);
});

test("negative int64 fields come as they are", () => {
  const batch = sample();
  expect(header.producerId(batch, 0)).toBe(-1);
  batch.writeBigInt64BE(-(2n ** 53n) + 1n, header.BatchField.maxTimestamp);
  expect(header.maxTimestamp(batch, 0)).toBe(Number.MIN_SAFE_INTEGER);
});
