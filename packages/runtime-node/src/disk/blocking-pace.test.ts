import { expect, test } from "vitest";
import { BlockingPace } from "./blocking-pace.ts";

test("quick calls may go on blocking", () => {
  const pace = new BlockingPace();
  pace.took(1_000, 1.9, 100);
  expect(pace.mayBlock(100)).toBe(true);
});

test("copying much takes its time and is not the disk's fault", () => {
  const pace = new BlockingPace();
  pace.took(8 * 1024 * 1024, 9, 100);
  expect(pace.mayBlock(100)).toBe(true);
});

test("rests after a slow call, twice as long after each slow probe, up to 5 s", () => {
  const pace = new BlockingPace();
  let nowMs = 0;
  const rests: number[] = [];
  for (let probe = 0; probe < 12; probe += 1) {
    pace.took(1, 2.1, nowMs);
    let rest = 0;
    while (!pace.mayBlock(nowMs + rest)) rest += 1;
    rests.push(rest);
    nowMs += rest;
  }
  expect(rests).toEqual([20, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000, 5000, 5000]);

  pace.took(1, 0.1, nowMs); // one quick probe, and all is forgotten
  pace.took(1, 2.1, nowMs);
  expect(pace.mayBlock(nowMs + 20)).toBe(true);
});
