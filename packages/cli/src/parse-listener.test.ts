import { InvalidArgumentError } from "commander";
import { describe, expect, test } from "vitest";
import { gatherSetting, parseListener, parsePort, parsePositiveInteger } from "./parse-listener.ts";

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
    "://h:1",
    "A B://h:1",
  ])("refuses %s", (text) => {
    expect(() => parseListener(text)).toThrow(InvalidArgumentError);
  });
});

test.each(["-1", "65536", "1.5", "", "http"])("refuses %s as a port", (text) => {
  expect(() => parsePort(text)).toThrow(InvalidArgumentError);
});

test.each(["0", "-1", "1e3", "9007199254740992"])("refuses %s as a positive integer", (text) => {
  expect(() => parsePositiveInteger(text)).toThrow(InvalidArgumentError);
});

test("settings are gathered, and a value may hold an equals sign", () => {
  expect(gatherSetting("b=x=y", gatherSetting("a=1", {}))).toEqual({ a: "1", b: "x=y" });
  expect(() => gatherSetting("=1", {})).toThrow(InvalidArgumentError);
});
