import { expect, test } from "vitest";
import { KeyedQueue } from "./keyed-queue.ts";

test("work of one key is done in order, one at a time, whatever fails; other keys go ahead", async () => {
  const queue = new KeyedQueue();
  const events: string[] = [];
  const finish: (() => void)[] = [];
  const work = (name: string) => async (): Promise<string> => {
    events.push(`begin ${name}`);
    await new Promise<void>((resolve) => finish.push(resolve));
    events.push(`end ${name}`);
    if (name === "a1") throw new Error("broken");
    return name;
  };
  const [first, second, other] = [
    queue.run("a", work("a1")),
    queue.run("a", work("a2")),
    queue.run("b", work("b1")),
  ];
  const settled = Promise.allSettled([first, second, other]);
  await Promise.resolve();
  expect(events).toEqual(["begin a1", "begin b1"]);
  finish[0]?.();
  await expect(first).rejects.toThrow("broken");
  expect(events).toEqual(["begin a1", "begin b1", "end a1", "begin a2"]);
  finish[1]?.();
  finish[2]?.();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
});
