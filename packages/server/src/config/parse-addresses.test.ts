import { describe, expect, test } from "vitest";
import { parseController, parseInitialController, parseListener } from "./parse-addresses.ts";

describe("parseListener", () => {
  test.each([
    ["PLAINTEXT://127.0.0.1:9092", { name: "PLAINTEXT", host: "127.0.0.1", port: 9092 }],
    ["EXTERNAL://[::1]:0", { name: "EXTERNAL", host: "::1", port: 0 }],
    ["ANY://:9093", { name: "ANY", host: "0.0.0.0", port: 9093 }],
  ])("reads %s", (text, listener) => {
    expect(parseListener(text)).toEqual(listener);
  });

  test.each([
    "localhost:9092",
    "PLAINTEXT://localhost",
    "PLAINTEXT://localhost:99999",
    "PLAINTEXT://localhost:http",
    "://h:1",
    "A B://h:1",
  ])("refuses %s", (text) => {
    expect(parseListener(text)).toBeUndefined();
  });
});

test("controllers are hosts with ports, and in a quorum's beginning voters with their directories", () => {
  expect(parseController("a.example:1")).toEqual({ host: "a.example", port: 1 });
  expect(parseController("[::1]:1")).toEqual({ host: "::1", port: 1 });
  for (const wrong of [":1", "a", "a:70000", "a:b", "::1:1"]) expect(parseController(wrong)).toBeUndefined();
  const directoryId = "4L6g3nShT-eMCtK--X86sw";
  expect(parseInitialController(`3@[::1]:1:${directoryId}`)).toEqual({
    nodeId: 3,
    host: "::1",
    port: 1,
    directoryId,
  });
  for (const wrong of [`a:1:${directoryId}`, "1@a:1:short", `1@a:70000:${directoryId}`]) {
    expect(parseInitialController(wrong)).toBeUndefined();
  }
});
