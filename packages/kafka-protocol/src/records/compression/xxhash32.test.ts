import { expect, test } from "vitest";
import { xxhash32 } from "./xxhash32.ts";

// The reference implementation's results for seed 0.
test.each([
  ["", 0x02cc5d05],
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["Nobody inspects the spammish repetition", 0xe2293b2f],
])("xxHash32 of %j", (text, expected) => {
  const padded = Buffer.from(`..${text}.`);
  expect(xxhash32(padded, 2, padded.length - 1)).toBe(expected);
});
