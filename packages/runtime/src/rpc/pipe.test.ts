import { describe, expect, test } from "vitest";
import { Pipe } from "./pipe.ts";

async function rest<T>(pipe: Pipe<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of pipe) values.push(value);
  return values;
}

describe("Pipe", () => {
  test("hands over in order, to a reader that is there and to one that comes later", async () => {
    const pipe = new Pipe<number>({ itemsMax: 4 });
    const early = pipe.next();
    expect([pipe.push(1), pipe.push(2), pipe.push(3)]).toEqual([true, true, true]);
    pipe.end();
    expect(await early).toEqual({ done: false, value: 1 });
    expect(await rest(pipe)).toEqual([2, 3]);
    expect(await pipe.next()).toEqual({ done: true, value: undefined });
  });

  test("holds writers back at the bound of items, and admits them in order", async () => {
    const pipe = new Pipe<number>({ itemsMax: 1 });
    pipe.push(1);
    const second = pipe.push(2);
    const third = pipe.push(3);
    expect(second).toBeInstanceOf(Promise);
    expect(pipe.tryPush(4)).toBe(false);
    expect((await pipe.next()).value).toBe(1);
    expect(await second).toBe(true);
    expect((await pipe.next()).value).toBe(2);
    expect(await third).toBe(true);
    pipe.end();
    expect(await rest(pipe)).toEqual([3]);
  });

  test("holds writers back at the bound of bytes, but always lets one item through", async () => {
    const pipe = new Pipe<string>({ itemsMax: 10, bytesMax: 100 });
    expect(pipe.tryPush("large", 1_000)).toBe(true);
    expect(pipe.tryPush("small", 1)).toBe(false);
    expect((await pipe.next()).value).toBe("large");
    expect(pipe.tryPush("small", 99)).toBe(true);
    expect(pipe.tryPush("small", 99)).toBe(true);
    expect(pipe.tryPush("small", 1)).toBe(false);
  });

  test("tells an error once, after what came before it", async () => {
    const pipe = new Pipe<number>({ itemsMax: 4 });
    pipe.push(1);
    pipe.end({ thrown: undefined });
    expect((await pipe.next()).value).toBe(1);
    await expect(pipe.next()).rejects.toBeUndefined();
    expect((await pipe.next()).done).toBe(true);
  });

  test("aborted, it drops what was not read and refuses who waits to write", async () => {
    const pipe = new Pipe<number>({ itemsMax: 1 });
    pipe.push(1);
    const blocked = pipe.push(2);
    pipe.abort("broken");
    expect(await blocked).toBe(false);
    await expect(pipe.next()).rejects.toBe("broken");
    expect(pipe.push(3)).toBe(false);
  });

  test("aborted after its end, it still drops what was not read", async () => {
    const pipe = new Pipe<number>({ itemsMax: 1 });
    pipe.push(1);
    pipe.end();
    pipe.abort("broken");
    await expect(pipe.next()).rejects.toBe("broken");
  });

  test("left by its reader, it says so and ends a read that waits", async () => {
    let abandoned = 0;
    const pipe = new Pipe<number>({ itemsMax: 1, onAbandoned: () => abandoned++ });
    const waiting = pipe.next();
    await pipe.return();
    expect((await waiting).done).toBe(true);
    await pipe.return();
    expect(abandoned).toBe(1);
    expect(pipe.push(1)).toBe(false);
  });

  test("left after its end, nobody is told", async () => {
    let abandoned = 0;
    const pipe = new Pipe<number>({ itemsMax: 1, onAbandoned: () => abandoned++ });
    pipe.end();
    await pipe.return();
    expect(abandoned).toBe(0);
  });
});
