import { expect, test } from "vitest";
import { eachBounded } from "./each-bounded.ts";

test("works on few at a time and keeps the order", async () => {
  let atOnce = 0;
  let most = 0;
  const results = await eachBounded(
    Array.from({ length: 100 }, (_, i) => i),
    async (i) => {
      most = Math.max(most, ++atOnce);
      for (let turn = 0; turn <= i % 7; turn++) await Promise.resolve();
      atOnce--;
      return i * 2;
    },
  );
  expect(results).toEqual(Array.from({ length: 100 }, (_, i) => i * 2));
  expect(most).toBe(16);
});
