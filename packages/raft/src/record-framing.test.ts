import fc from "fast-check";
import { expect, test } from "vitest";
import { RaftError } from "./raft-error.ts";
import { frameRecords, unframeRecords } from "./record-framing.ts";

test("records come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (records) => {
      expect(unframeRecords(frameRecords(records))).toEqual(records);
    }),
  );
  const large = new Uint8Array(3_000_000).fill(7);
  expect(unframeRecords(frameRecords([large, new Uint8Array(0)])).map((r) => r.length)).toEqual([
    3_000_000, 0,
  ]);
});

test("any bytes are records or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const total = unframeRecords(bytes).reduce((sum, record) => sum + record.length, 0);
        expect(total).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(RaftError);
      }
    }),
  );
});
