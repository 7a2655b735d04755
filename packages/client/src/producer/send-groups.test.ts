import { expect, test } from "vitest";
import { SendGroups } from "./send-groups.ts";

/** Whether a promise is settled once everything that is due now has run. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test("waits for what began before, not for what begins later", async () => {
  const sends = new SendGroups();
  const first = sends.enter();
  const second = sends.enter();
  const settled = sends.settled();
  sends.enter();
  first();
  expect(await isSettled(settled)).toBe(false);
  second();
  expect(await isSettled(settled)).toBe(true);
});

test("a later flush waits for earlier groups too", async () => {
  const sends = new SendGroups();
  const first = sends.enter();
  const one = sends.settled();
  const two = sends.settled();
  expect(await isSettled(two)).toBe(false);
  first();
  await Promise.all([one, two]);
});

test("nothing under way: settled at once", async () => {
  const sends = new SendGroups();
  sends.enter()();
  await sends.settled();
});
