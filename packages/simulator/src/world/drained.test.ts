import { expect, test } from "vitest";
import { drained } from "./drained.ts";

async function chain(steps: number, done: () => void): Promise<void> {
  for (let i = 0; i < steps; i += 1) await undefined;
  done();
}

test("waits for chains of promises of any length, and for those that they start", async () => {
  await undefined;
  const order: string[] = [];
  void chain(10_000, () => {
    order.push("long");
    void chain(100, () => order.push("started by it"));
  });
  void chain(1, () => order.push("short"));
  await drained();
  expect(order).toEqual(["short", "long", "started by it"]);
});

test("lets nothing else in: no timer fires and no turn of the event loop begins", async () => {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await undefined;
  for (let i = 0; i < 1_000; i += 1) await drained();
  expect(turned).toBe(false);
});
