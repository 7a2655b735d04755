import { expect, test } from "vitest";
import { decompressBody } from "./decode-v2.ts";
import { RecordBatchBuilder } from "./record-batch-builder.ts";
import { validateRecords } from "./validate-records.ts";

function bodyOf(keys: readonly (string | null)[]): Buffer {
  const builder = new RecordBatchBuilder();
  for (const key of keys) builder.append(7, key === null ? null : Buffer.from(key), Buffer.from("value"));
  return decompressBody(builder.build(), 0);
}

const rules = { recordCount: 2, keyRequired: false };

test("records that are as they should be", () => {
  expect(validateRecords(bodyOf(["a", null]), rules)).toBeUndefined();
  expect(validateRecords(bodyOf(["a", ""]), { ...rules, keyRequired: true })).toBeUndefined();
});

test("a record without key where compaction needs one", () => {
  expect(validateRecords(bodyOf(["a", null]), { ...rules, keyRequired: true })).toBe("missingKey");
});

test("another number of records than announced", () => {
  expect(validateRecords(bodyOf(["a"]), rules)).toBe("countMismatch");
  expect(validateRecords(bodyOf(["a", "b", "c"]), rules)).toBe("countMismatch");
});

test("offsets that do not go up by one", () => {
  const body = bodyOf(["a", "b"]);
  const first = body.subarray(0, body.length / 2);
  expect(validateRecords(Buffer.concat([first, first]), rules)).toBe("offsetGap");
});

test("lengths that do not fit together", () => {
  const body = bodyOf(["a", "b"]);
  const half = body.length / 2;
  for (let length = half + 1; length < body.length; length++) {
    expect(validateRecords(body.subarray(0, length), rules)).toBe("malformed");
  }
  // Length, attributes, timestamp delta, offset delta, key length, key, value length, value, number of headers.
  const fieldsAt = { length: 0, keyLength: 4, valueLength: 6, headerCount: half - 1 };
  for (const at of Object.values(fieldsAt)) {
    for (const byte of [body[at]! + 2, body[at]! + 4, 0x03, 0x7f]) {
      const changed = Buffer.from(body);
      changed[at] = byte;
      expect(validateRecords(changed, rules)).toBe("malformed");
    }
  }
});

test("a varint that never ends", () => {
  expect(validateRecords(Buffer.alloc(20, 0xff), rules)).toBe("malformed");
  const endlessTimestamp = Buffer.concat([Buffer.from([40, 0]), Buffer.alloc(20, 0xff)]);
  expect(validateRecords(endlessTimestamp, rules)).toBe("malformed");
});
