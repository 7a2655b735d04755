import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChunkedColumn } from "./chunked-column.ts";
import { Owner } from "./owner.ts";

const value = fc.integer({ min: 0, max: 255 });
const step = fc.oneof(
  fc.record({ push: value }),
  fc.record({ pushMany: fc.integer({ min: 1, max: 1_500 }), from: value, atOnce: fc.boolean() }),
  fc.record({ setAt: fc.double({ min: 0, max: 0.999, noNaN: true }), to: value }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(column: ChunkedColumn, change: Step, owner: Owner): ChunkedColumn {
  if ("push" in change) return column.push(change.push, owner);
  if ("setAt" in change) {
    const { length } = column;
    return length === 0 ? column : column.set(Math.floor(change.setAt * length), change.to, owner);
  }
  const values = Array.from({ length: change.pushMany }, (_, i) => (change.from + i) & 255);
  if (change.atOnce) return column.pushAll(values, owner);
  return values.reduce((grown, pushed) => grown.push(pushed, owner), column);
}

function applyPlain(array: number[], change: Step): void {
  if ("push" in change) array.push(change.push);
  else if ("setAt" in change) {
    if (array.length > 0) array[Math.floor(change.setAt * array.length)] = change.to;
  } else for (let i = 0; i < change.pushMany; i++) array.push((change.from + i) & 255);
}

describe("ChunkedColumn", () => {
  test.each(["int32", "float64", "uint8"] as const)(
    "of %s is an array, and batches leave older ones alone",
    (type) => {
      fc.assert(
        fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 5 }), (batches) => {
          let column = ChunkedColumn.empty(type);
          const array: number[] = [];
          const kept: [ChunkedColumn, number[]][] = [[column, []]];
          for (const batch of batches) {
            const owner = new Owner();
            for (const change of batch) {
              column = apply(column, change, owner);
              applyPlain(array, change);
            }
            kept.push([column, [...array]]);
          }
          for (const [image, expected] of kept) {
            expect(image.length).toBe(expected.length);
            expect([...image]).toEqual(expected);
            const [start, end] = [Math.floor(expected.length / 3), expected.length];
            expect([...image.slice(start, end)]).toEqual(expected.slice(start, end));
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  test("two batches that grow one column do not see each other", () => {
    const owner = new Owner();
    const start = [1, 2, 3].reduce((column, n) => column.push(n, owner), ChunkedColumn.empty("int32"));
    const left = start.push(4, new Owner());
    const right = start.push(5, new Owner());
    expect([[...start], [...left], [...right]]).toEqual([
      [1, 2, 3],
      [1, 2, 3, 4],
      [1, 2, 3, 5],
    ]);
  });

  test("keeps what its type can hold", () => {
    const owner = new Owner();
    expect(ChunkedColumn.empty("int32").push(-1, owner).get(0)).toBe(-1);
    expect(
      ChunkedColumn.empty("float64")
        .push(2 ** 53 - 1, owner)
        .get(0),
    ).toBe(2 ** 53 - 1);
  });

  test("an index outside of it is a bug", () => {
    const column = ChunkedColumn.empty("int32").push(1, new Owner());
    expect(() => column.get(1)).toThrow("outside");
    expect(() => column.get(-1)).toThrow("outside");
    expect(() => column.set(1, 0, new Owner())).toThrow("outside");
    expect(() => column.slice(0, 2)).toThrow("outside");
  });
});
