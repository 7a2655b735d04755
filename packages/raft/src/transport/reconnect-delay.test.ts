import { expect, test } from "vitest";
import { ReconnectDelay } from "./reconnect-delay.ts";

const limits = { reconnectMs: 50, reconnectMsMax: 1_000 };
const random = { fraction: () => 1, fill: () => {} };

test("doubles with each failure up to its bound, and starts anew after a connection that stood", () => {
  const delay = new ReconnectDelay(limits, random);
  expect(Array.from({ length: 7 }, () => delay.next(0))).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  for (let i = 0; i < 2_000; i++) delay.next(0);
  expect(delay.next(0)).toBe(1_000);
  expect(delay.next(50)).toBe(0);
  expect(delay.next(0)).toBe(50);
});

test("a connection that broke soon counts as a failure", () => {
  const delay = new ReconnectDelay(limits, random);
  expect([49, 0, 10].map((upMs) => delay.next(upMs))).toEqual([50, 100, 200]);
});
