import { expect, test } from "vitest";
import { pump } from "./pump.ts";

async function* counted(log: string[]) {
  try {
    for (let index = 0; ; index++) yield index;
  } finally {
    log.push("released");
  }
}

test("writes until the writer has enough, then lets the source go", async () => {
  const log: string[] = [];
  await pump(counted(log), (index) => log.push(String(index)) < 3, new AbortController().signal);
  expect(log).toEqual(["0", "1", "2", "released"]);
});

test("passes on what the writer throws, and lets the source go", async () => {
  const log: string[] = [];
  const write = () => Promise.reject(new Error("full"));
  await expect(pump(counted(log), write, new AbortController().signal)).rejects.toThrow("full");
  await Promise.resolve();
  expect(log).toEqual(["released"]);
});

test("lets a waiting source go when the call is over", async () => {
  const over = new AbortController();
  let returned = 0;
  const { promise, resolve } = Promise.withResolvers<IteratorResult<number, undefined>>();
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => promise,
      return: async () => {
        returned++;
        resolve({ done: true, value: undefined });
        return { done: true, value: undefined } as const;
      },
    }),
  };
  const pumping = pump(source, () => true, over.signal);
  over.abort();
  await pumping;
  expect(returned).toBe(1);
});

test("does not mind a source that fails in letting go", async () => {
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: 1 }) as const,
      return: () => Promise.reject(new Error("stuck")),
    }),
  };
  await pump(source, () => false, new AbortController().signal);
});
