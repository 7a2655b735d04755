import fc from "fast-check";
import { expect, test } from "vitest";
import { PartitionBits } from "./partition-set.ts";

fc.configureGlobal({ seed: 848 });

test("is a set of numbers, in order", () => {
  const range = fc.record({ first: fc.nat(300), count: fc.nat(70) });
  fc.assert(
    fc.property(fc.array(range, { maxLength: 10 }), (ranges) => {
      const bits = new PartitionBits();
      const model = new Set<number>();
      for (const { first, count } of ranges) {
        bits.add(first, count);
        for (let i = first; i < first + count; i++) model.add(i);
      }
      expect(bits.size).toBe(model.size);
      expect([...bits]).toEqual([...model].sort((a, b) => a - b));
      for (let i = 0; i < 400; i++) expect(bits.has(i)).toBe(model.has(i));
      bits.clear();
      expect([bits.size, ...bits]).toEqual([0]);
    }),
  );
});
