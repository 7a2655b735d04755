import { setImmediate as nextTurn } from "node:timers/promises";
import type { SimulatedClock } from "@millrace/runtime";

/** Lets simulated time pass, timer by timer, until the promise is settled; what it became. */
export async function settle<T>(clock: SimulatedClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const noticed = promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  while (!settled) {
    await nextTurn();
    if (!settled) clock.runNext();
  }
  await noticed;
  return await promise;
}
