import { type Clock, sleep } from "@millrace/runtime";

const EVERY_MS = 50;

/** Asks again and again until the answer is true, or `limitMs` have passed: then the result is false. */
export async function pollUntil(
  clock: Clock,
  limitMs: number,
  ask: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + limitMs;
  for (;;) {
    if (await ask()) return true;
    if (clock.monotonicMs() >= deadlineMs) return false;
    await sleep(clock, EVERY_MS);
  }
}
