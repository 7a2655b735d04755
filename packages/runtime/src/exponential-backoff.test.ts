import { expect, test } from "vitest";
import { ExponentialBackoff } from "./exponential-backoff.ts";
import type { Random } from "./random.ts";
import { SeededRandom } from "./seeded-random.ts";

const backoff = (random: Random, backoffMs = 50) =>
  new ExponentialBackoff({ backoffMs, backoffMsMax: 1_000, random });
const unlucky: Random = { fraction: () => 1, fill: () => {} };

test("doubles with each failure up to its bound, and starts anew after a success", () => {
  const delays = backoff(unlucky);
  expect(Array.from({ length: 7 }, () => delays.nextMs())).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  for (let failure = 0; failure < 2_000; failure++) delays.nextMs();
  expect(delays.nextMs()).toBe(1_000);
  delays.reset();
  expect([delays.nextMs(), delays.nextMs()]).toEqual([50, 100]);
});

test("its bound holds for the first one too", () => {
  expect(backoff(unlucky, 3_000).nextMs()).toBe(1_000);
});

test("half of it is chance", () => {
  const delays = backoff(new SeededRandom(1));
  for (let failure = 0; failure < 5; failure++) delays.nextMs();
  const longest = Array.from({ length: 100 }, () => delays.nextMs());
  expect(Math.min(...longest)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...longest)).toBeLessThan(1_000);
  expect(new Set(longest).size).toBeGreaterThan(90);
});
