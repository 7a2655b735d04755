import { expect, test } from "vitest";
import { goldenBatches } from "../../test-support/golden-batches.ts";
import { buildMarkerBatch, controlType, readMarker } from "./control-record.ts";
import { decodeRecords } from "./decode-batch.ts";

const golden = (name: string) => goldenBatches.find((entry) => entry.name === name)!;

test.each([
  ["commit", 55],
  ["abort", 56],
] as const)("a marker of %s is Kafka's, byte for byte, and is read back", (type, baseOffset) => {
  const marker = { type, coordinatorEpoch: 11 };
  const { bytes } = golden(`${type}-marker`);
  const batch = buildMarkerBatch({
    ...marker,
    producerId: 4000,
    producerEpoch: 3,
    timestamp: 1_767_225_600_000,
    baseOffset,
    partitionLeaderEpoch: 8,
  });
  expect(batch.toString("hex")).toBe(bytes.toString("hex"));
  const [record] = decodeRecords(bytes);
  expect(readMarker(record!.key, record!.value)).toEqual(marker);
});

const key = (version: number, type: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt16BE(version, 0);
  bytes.writeInt16BE(type, 2);
  return bytes;
};

test("other control records are told apart, and unknown ones left out", () => {
  expect(controlType(key(0, 2))).toBe("leaderChange");
  expect(controlType(key(1, 6))).toBe("kraftVoters");
  expect(controlType(key(0, 99))).toBeUndefined();
  expect(readMarker(key(0, 2), Buffer.alloc(10))).toBeUndefined();
  expect(readMarker(key(0, -1), null)).toBeUndefined();
});

test("what later versions add to a marker is passed over", () => {
  const value = Buffer.from([0, 1, 0, 0, 0, 9, 0xab]);
  expect(readMarker(key(0, 1), value)).toEqual({ type: "commit", coordinatorEpoch: 9 });
});

test.each([
  ["no key", null, Buffer.alloc(6), "truncated"],
  ["a short key", Buffer.alloc(3), Buffer.alloc(6), "truncated"],
  ["a negative key version", key(-1, 0), Buffer.alloc(6), "invalid"],
  ["no value", key(0, 0), null, "truncated"],
  ["a short value", key(0, 0), Buffer.alloc(5), "truncated"],
  ["a negative version", key(0, 0), Buffer.alloc(6, 0xff), "invalid"],
])("%s is refused", (_what, keyBytes, value, reason) => {
  expect(() => readMarker(keyBytes, value)).toThrow(
    expect.objectContaining({ name: "ProtocolError", reason }),
  );
});
