import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimulatedClock } from "@millrace/runtime";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { planStack } from "./plan-stack.ts";
import { identify } from "./process-identity.ts";
import { type StackProcess, writeStack } from "./stack-file.ts";
import { watchStack } from "./watch-stack.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-watch-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** Watches a stack of one process, which is this one. */
async function watch() {
  const asked = {
    controllers: 1,
    brokers: 0,
    coordinators: 0,
    host: "127.0.0.1",
    basePort: undefined,
    set: [],
  };
  const [planned] = planStack(dir, asked, 9092);
  const startedAt = (await identify(process.pid))?.startedAt ?? null;
  const one: StackProcess = { ...planned!, pid: process.pid, startedAt, wanted: "running" };
  const save = (change: Partial<StackProcess>): Promise<void> =>
    writeStack(dir, { version: 1, clusterId: "c", processes: [{ ...one, ...change }] });
  await save({});
  const clock = new SimulatedClock();
  const stop = Promise.withResolvers<"stop">();
  const reports: string[] = [];
  const report = (line: string) => void reports.push(line);
  const end = watchStack({ clock, dir, children: new Map(), report, stopAsked: stop.promise });
  await vi.waitFor(() => expect(clock.timers).toBe(1), { timeout: 10_000, interval: 1 });
  return { clock, stop, reports, end, save };
}

test("a stop is heard at once, and nothing is left to wait for", async () => {
  const { clock, stop, reports, end } = await watch();
  stop.resolve("stop");
  expect(await end).toBe("stop");
  expect([clock.timers, reports]).toEqual([0, []]);
});

test("the end of the last process is told, and how it came about", async () => {
  const { clock, reports, end, save } = await watch();
  await save({ pid: null, startedAt: null, wanted: "killed" });
  clock.advance(200);
  expect(await end).toBe("gone");
  expect(reports).toEqual(["controller-1 was killed"]);
});
