import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashKey } from "./hash-key.ts";
import { Owner } from "./owner.ts";
import { PersistentMap } from "./persistent-map.ts";

type Change = { readonly key: string | number; readonly value: number | undefined };

/** Keys whose hashes are equal, found by trying: they meet in one node below all bits of the hash. */
const colliding = findColliding();

function findColliding(): readonly string[] {
  const seen = new Map<number, string>();
  const found: string[] = [];
  for (let i = 0; found.length < 6; i++) {
    const key = `k${i}`;
    const hash = hashKey(key);
    const other = seen.get(hash);
    if (other === undefined) seen.set(hash, key);
    else found.push(other, key);
  }
  return found;
}

const keys = fc.oneof(
  fc.integer({ min: -40, max: 40 }),
  fc.integer({ min: 0, max: 60 }).map((n) => `topic-${n}`),
  fc.constantFrom(...colliding),
  fc.constantFrom(2 ** 40, 2 ** 40 + 1, -(2 ** 40), "", "40"),
);
const change: fc.Arbitrary<Change> = fc.record({
  key: keys,
  value: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
});
const batches = fc.array(fc.array(change, { maxLength: 40 }), { maxLength: 8 });

type Map_ = PersistentMap<string | number, number>;

function apply(map: Map_, { key, value }: Change, owner: Owner): Map_ {
  return value === undefined ? map.delete(key, owner) : map.set(key, value, owner);
}

function applyPlain(map: Map<string | number, number>, { key, value }: Change): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function expectSame(map: Map_, plain: ReadonlyMap<string | number, number>): void {
  expect(map.size).toBe(plain.size);
  expect(new Map(map)).toEqual(plain);
  expect([...map.keys()].length).toBe(plain.size);
  for (const [key, value] of plain) expect(map.get(key)).toBe(value);
}

describe("PersistentMap", () => {
  test("is a map, and every batch leaves the maps before it alone", () => {
    fc.assert(
      fc.property(batches, (all) => {
        let map: Map_ = PersistentMap.empty();
        const plain = new Map<string | number, number>();
        const kept: [Map_, Map<string | number, number>][] = [[map, new Map()]];
        for (const batch of all) {
          const owner = new Owner();
          for (const step of batch) {
            map = apply(map, step, owner);
            applyPlain(plain, step);
          }
          kept.push([map, new Map(plain)]);
        }
        for (const [image, expected] of kept) expectSame(image, expected);
      }),
    );
  });

  test("two batches from one map do not see each other", () => {
    fc.assert(
      fc.property(fc.array(change), fc.array(change), fc.array(change), (base, left, right) => {
        const run = (from: Map_, steps: readonly Change[]): Map_ => {
          const owner = new Owner();
          return steps.reduce((map, step) => apply(map, step, owner), from);
        };
        const plain = (...steps: readonly Change[]): Map<string | number, number> => {
          const map = new Map<string | number, number>();
          for (const step of steps) applyPlain(map, step);
          return map;
        };
        const start = run(PersistentMap.empty(), base);
        const [l, r] = [run(start, left), run(start, right)];
        expectSame(start, plain(...base));
        expectSame(l, plain(...base, ...left));
        expectSame(r, plain(...base, ...right));
      }),
    );
  });

  test("iterates in an order that depends on the keys alone", () => {
    fc.assert(
      fc.property(fc.array(keys), fc.array(keys), (wanted, passing) => {
        const straight = wanted.reduce<Map_>(
          (map, key) => map.set(key, 1, new Owner()),
          PersistentMap.empty(),
        );
        const owner = new Owner();
        let roundabout: Map_ = PersistentMap.empty();
        for (const key of [...passing, ...wanted.toReversed()]) roundabout = roundabout.set(key, 1, owner);
        for (const key of passing) if (!wanted.includes(key)) roundabout = roundabout.delete(key, owner);
        expect([...roundabout.keys()]).toEqual([...straight.keys()]);
      }),
    );
  });

  test("is written in place within a batch, and copied once for the next", () => {
    const owner = new Owner();
    const map = PersistentMap.empty<string, number>().set("a", 1, owner);
    expect(map.set("b", 2, owner)).toBe(map);
    const next = map.set("a", 2, new Owner());
    expect(next).not.toBe(map);
    expect([map.get("a"), next.get("a")]).toEqual([1, 2]);
  });

  test("a change that changes nothing copies nothing", () => {
    const map = PersistentMap.empty<string, number>().set("a", 1, new Owner());
    expect(map.set("a", 1, new Owner())).toBe(map);
    expect(map.delete("b", new Owner())).toBe(map);
  });

  test("tells a value that is undefined from a key that is not there", () => {
    const map = PersistentMap.empty<string, undefined>().set("a", undefined, new Owner());
    expect([map.has("a"), map.has("b"), map.size]).toEqual([true, false, 1]);
  });

  test("takes no fractions as keys", () => {
    expect(() => PersistentMap.empty<number, number>().set(0.5, 1, new Owner())).toThrow("safe integer");
  });

  test("holds a hundred thousand", () => {
    const owner = new Owner();
    let map = PersistentMap.empty<number, number>();
    for (let i = 0; i < 100_000; i++) map = map.set(i * 7, i, owner);
    for (let i = 0; i < 100_000; i += 2) map = map.delete(i * 7, owner);
    expect(map.size).toBe(50_000);
    expect(map.get(7)).toBe(1);
    expect(map.get(14)).toBeUndefined();
  });
});
