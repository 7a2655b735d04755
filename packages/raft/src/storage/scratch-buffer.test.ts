import { expect, test } from "vitest";
import { ScratchBuffer } from "./scratch-buffer.ts";

test("a scratch buffer is the same one until more is needed", () => {
  const scratch = new ScratchBuffer();
  const first = scratch.take(100);
  expect(first).toHaveLength(100);
  expect(scratch.take(200).buffer).toBe(first.buffer);
  expect(scratch.take(201).buffer).not.toBe(first.buffer);
});

test("a scratch buffer does not keep what is large", () => {
  const scratch = new ScratchBuffer();
  const kept = scratch.take(1024 * 1024);
  expect(scratch.take(1024 * 1024 + 1)).toHaveLength(1024 * 1024 + 1);
  expect(scratch.take(1).buffer).toBe(kept.buffer);
});
