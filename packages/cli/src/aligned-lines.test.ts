import { expect, test } from "vitest";
import { alignedLines } from "./aligned-lines.ts";

test("columns are as wide as their widest cell, and those without any are left out", () => {
  const rows = [
    ["id", "", "role"],
    ["101", "", ""],
    ["1", "", "leader"],
  ];
  expect(alignedLines(rows)).toEqual(["id   role", "101", "1    leader"]);
  expect(alignedLines([])).toEqual([]);
});
