import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkLinearizable } from "./check-linearizable.ts";
import type { Operation } from "./model.ts";
import { type RegisterInput, type RegisterOutput, registerModel } from "./register-model.ts";

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;
const never = Number.POSITIVE_INFINITY;

const write = (value: string, calledAt: number, answeredAt: number): RegisterOperation => ({
  client: "c",
  input: { kind: "write", value },
  calledAt,
  answeredAt,
  output: answeredAt === never ? undefined : {},
});
const read = (value: string, calledAt: number, answeredAt: number): RegisterOperation => ({
  client: "c",
  input: { kind: "read" },
  calledAt,
  answeredAt,
  output: { value },
});
const compareAndSet = (
  [expected, value]: readonly [string, string],
  wrote: boolean | undefined,
  [calledAt, answeredAt]: readonly [number, number],
): RegisterOperation => ({
  client: "c",
  input: { kind: "compareAndSet", expected, value },
  calledAt,
  answeredAt,
  output: wrote === undefined ? undefined : { wrote },
});

const isLinearizable = (...operations: RegisterOperation[]): boolean =>
  checkLinearizable(registerModel, operations).isLinearizable;

describe("a register is linearizable", () => {
  test("when concurrent reads see either side of a write", () => {
    expect(isLinearizable(write("a", 0, 10), read("", 1, 2), read("a", 3, 4))).toBe(true);
    expect(isLinearizable(write("a", 0, 10), read("a", 1, 4), read("", 2, 3))).toBe(true);
  });

  test("when a write that nobody saw the end of happened, did not, or happened late", () => {
    expect(isLinearizable(write("a", 0, never), read("", 1, 2))).toBe(true);
    expect(isLinearizable(write("a", 0, never), read("a", 1, 2))).toBe(true);
    expect(isLinearizable(write("a", 0, never), write("b", 1, 2), read("b", 3, 4), read("a", 5, 6))).toBe(
      true,
    );
  });

  test("when a compare-and-set answered what it did, or its answer was lost", () => {
    const set = (wrote: boolean | undefined) =>
      compareAndSet(["a", "b"], wrote, [2, wrote === undefined ? never : 3]);
    expect(isLinearizable(write("a", 0, 1), set(true), read("b", 4, 5))).toBe(true);
    expect(isLinearizable(write("c", 0, 1), set(false), read("c", 4, 5))).toBe(true);
    expect(isLinearizable(write("a", 0, 1), set(undefined), read("a", 4, 5), read("b", 6, 7))).toBe(true);
  });
});

describe("a register is not linearizable", () => {
  test("when a read misses a write that was answered before it", () => {
    expect(isLinearizable(write("a", 0, 1), read("", 2, 3))).toBe(false);
  });

  test("when a read goes back", () => {
    expect(isLinearizable(write("a", 0, 10), read("a", 1, 2), read("", 3, 4))).toBe(false);
    expect(isLinearizable(write("a", 0, never), read("a", 1, 2), read("", 3, 4))).toBe(false);
  });

  test("when a value comes from nowhere", () => {
    expect(isLinearizable(write("a", 0, 1), read("b", 2, 3))).toBe(false);
  });

  test("when two compare-and-sets both took the same value", () => {
    const [first, second] = [
      compareAndSet(["a", "b"], true, [2, 5]),
      compareAndSet(["a", "c"], true, [3, 4]),
    ];
    expect(isLinearizable(write("a", 0, 1), first, second)).toBe(false);
  });

  test("and the checker names the most that can be explained", () => {
    const result = checkLinearizable(registerModel, [write("a", 0, 1), write("b", 2, 3), read("a", 4, 5)]);
    expect(result).toEqual({ isLinearizable: false, explained: [0, 1] });
  });
});

/** By the definition: every order of every subset that keeps the answered ones. */
function isLinearizableByHand(operations: readonly RegisterOperation[], state = ""): boolean {
  if (operations.every((operation) => operation.answeredAt === never)) return true;
  const firstAnswer = Math.min(...operations.map((operation) => operation.answeredAt));
  return operations.some((operation, i) => {
    if (operation.calledAt > firstAnswer) return false;
    const next = registerModel.next(state, operation.input, operation.output);
    return next !== undefined && isLinearizableByHand(operations.toSpliced(i, 1), next);
  });
}

test("agrees with the definition on any small history", () => {
  const value = fc.constantFrom("", "a", "b");
  const operation = fc
    .record({
      calledAt: fc.nat(12),
      lasts: fc.integer({ min: 1, max: 6 }),
      isLost: fc.boolean(),
      kind: fc.constantFrom("read", "write", "compareAndSet"),
      value,
      expected: value,
      wrote: fc.boolean(),
    })
    .map(({ calledAt, lasts, isLost, kind, value, expected, wrote }): RegisterOperation => {
      // Different times for calls and answers.
      const at = calledAt * 2;
      const end = at + lasts * 2 + 1;
      if (kind === "read") return read(value, at, end);
      if (kind === "write") return write(value, at, isLost ? never : end);
      return compareAndSet([expected, value], isLost ? undefined : wrote, [at, isLost ? never : end]);
    });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 7 }), (operations) => {
      expect(isLinearizable(...operations)).toBe(isLinearizableByHand(operations));
    }),
    { numRuns: 2_000, seed: 4 },
  );
});

test("a long history with some open calls is decided", () => {
  const operations: RegisterOperation[] = [];
  for (let i = 0; i < 4; i += 1) operations.push(write(`lost${i}`, i, never));
  for (let i = 0; i < 40; i += 1) {
    operations.push(write(`v${i}`, 100 + 4 * i, 101 + 4 * i), read(`v${i}`, 102 + 4 * i, 103 + 4 * i));
  }
  expect(isLinearizable(...operations)).toBe(true);
  expect(isLinearizable(...operations, read("v7", 5_000, 5_001))).toBe(false);
});
