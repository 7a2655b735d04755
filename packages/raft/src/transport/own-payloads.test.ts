import { expect, test } from "vitest";
import { ownPayloads } from "./own-payloads.ts";

const texts = (payloads: readonly Uint8Array[]) => payloads.map((payload) => Buffer.from(payload).toString());

test("views that fill their buffer stay as they are", () => {
  const buffer = Buffer.from(new ArrayBuffer(10)).fill("abcdefghij");
  const views = [buffer.subarray(0, 3), buffer.subarray(3, 9)];
  expect(ownPayloads(views)).toBe(views);
  expect(ownPayloads([])).toEqual([]);
});

test("views of a buffer with much else move out of it", () => {
  const buffer = Buffer.from(new ArrayBuffer(1_000)).fill("abcdefghij");
  const own = ownPayloads([buffer.subarray(0, 3), buffer.subarray(500, 500), buffer.subarray(3, 9)]);
  expect(texts(own)).toEqual(["abc", "", "defghi"]);
  expect(own.map((payload) => payload.buffer.byteLength)).toEqual([9, 9, 9]);
  buffer.fill(0);
  expect(texts(own)).toEqual(["abc", "", "defghi"]);
});
