import fc from "fast-check";
import { expect, test } from "vitest";
import { type HalfFrame, largestFirst, oldest, whoMayFinish } from "./half-frame.ts";

interface Reader {
  readonly halfFrame: HalfFrame | undefined;
}

const frame = fc.record({
  frameBytes: fc.integer({ min: 1, max: 1_000 }),
  isWhole: fc.boolean(),
});
const readers = fc.array(fc.option(frame, { nil: undefined }), { maxLength: 20 }).map((frames) =>
  frames.map(
    (one, number): Reader => ({
      halfFrame: one && {
        number,
        frameBytes: one.frameBytes,
        size: 0,
        neededBytes: one.isWhole ? 0 : one.frameBytes,
      },
    }),
  ),
);
const needed = (reader: Reader): number => reader.halfFrame!.neededBytes;

test("whoever may finish fits, besides the oldest, who always may", () => {
  fc.assert(
    fc.property(readers, fc.integer({ min: -500, max: 3_000 }), (all, roomBytes) => {
      const begun = all.filter(({ halfFrame }) => halfFrame !== undefined);
      const chosen = whoMayFinish(all, roomBytes);
      const first = oldest(all);
      expect(first).toBe(begun[0]);
      expect(first === undefined ? chosen.size : Number(chosen.has(first))).toBe(first === undefined ? 0 : 1);
      const others = [...chosen].filter((reader) => reader !== first);
      const room = Math.max(0, roomBytes);
      const taken = others.reduce((bytes, reader) => bytes + needed(reader), 0);
      expect(taken).toBeLessThanOrEqual(room);
      for (const left of begun.filter((reader) => !chosen.has(reader))) {
        expect(needed(left)).toBeGreaterThan(0);
        // None of those who have to wait would have fitted before a larger one that was chosen.
        const smaller = others.filter(({ halfFrame }) => halfFrame!.frameBytes <= left.halfFrame!.frameBytes);
        expect(smaller.reduce((bytes, reader) => bytes + needed(reader), needed(left))).toBeGreaterThan(room);
      }
    }),
  );
});

test("those that announced most are given up first", () => {
  fc.assert(
    fc.property(readers, (all) => {
      const sizes = largestFirst(all).map((begun) => begun.frame.frameBytes);
      expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
      expect(sizes).toHaveLength(all.filter(({ halfFrame }) => halfFrame !== undefined).length);
    }),
  );
});
