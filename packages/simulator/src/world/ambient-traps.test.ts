import { createSocket } from "node:dgram";
import { lookup } from "node:dns";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as setTimeoutOfModule } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AmbientUse, trapAmbient } from "./ambient-traps.ts";

let restore: (() => void) | undefined;
beforeEach(() => {
  restore = trapAmbient();
});
afterEach(() => restore?.());

/** What `use` throws while the traps are set; they are gone before anything is asserted. */
function caught(use: () => unknown): unknown {
  let error: unknown;
  try {
    use();
  } catch (thrown) {
    error = thrown;
  }
  restore?.();
  restore = undefined;
  return error;
}

test.each<readonly [string, () => unknown]>([
  ["setTimeout", () => setTimeout(() => {}, 0)],
  ["setImmediate", () => setImmediate(() => {})],
  ["Math.random", () => Math.random()],
  ["Date.now", () => Date.now()],
  ["new Date", () => new Date()],
  ["performance.now", () => performance.now()],
  ["process.hrtime", () => process.hrtime()],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["fetch", () => fetch("http://localhost")],
  ["readFileSync, imported by name", () => readFileSync("/etc/hostname")],
  ["readFile of promises", () => readFile("/etc/hostname")],
  ["connect", () => connect(1)],
  ["lookup", () => lookup("localhost", () => {})],
  ["createSocket", () => createSocket("udp4")],
  ["setTimeout of node:timers", () => setTimeoutOfModule(() => {}, 0)],
  ["setTimeout of promises", () => sleep(0)],
])("%s throws while a run is on", (_, use) => {
  expect(caught(use)).toBeInstanceOf(AmbientUse);
});

test("dates made from a number do not", () => {
  expect(caught(() => new Date(0).toISOString())).toBeUndefined();
});

test("afterwards everything is as it was", () => {
  restore?.();
  restore = undefined;
  expect(Date.now()).toBeGreaterThan(0);
  expect(Math.random()).toBeLessThan(1);
  expect(performance.now()).toBeGreaterThan(0);
  expect(readFileSync(import.meta.filename, "utf8")).toContain("afterwards");
});
