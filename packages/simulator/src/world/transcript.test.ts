import { expect, test } from "vitest";
import { Transcript } from "./transcript.ts";

function hashOf(...lines: string[]): string {
  const transcript = new Transcript();
  for (const line of lines) transcript.write(line);
  return transcript.hash;
}

test("the same lines have the same hash, others do not", () => {
  expect(hashOf("a", "b")).toBe(hashOf("a", "b"));
  expect(hashOf("a", "b")).toMatch(/^[0-9a-f]{16}$/);
  const hashes = [hashOf(), hashOf("a"), hashOf("b"), hashOf("a", "b"), hashOf("ab"), hashOf("b", "a")];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("keeps its lines only when asked to", () => {
  const transcript = new Transcript({ keep: true });
  const silent = new Transcript();
  for (const t of [transcript, silent]) t.write("one");
  expect([transcript.lines, silent.lines]).toEqual([["one"], []]);
  expect(silent.lineCount).toBe(1);
});
