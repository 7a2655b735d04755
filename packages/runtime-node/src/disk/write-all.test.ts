import fc from "fast-check";
import { expect, test } from "vitest";
import { Remaining } from "./write-all.ts";

test("however short the writes are, all bytes are written once, in order", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 2_100 });
  const shortness = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(sizes, shortness, fc.nat(1_000), (buffers, takes, position) => {
      let byte = 0;
      const all = buffers.map((size) => Uint8Array.from({ length: size }, () => byte++ % 251));
      const rest = new Remaining(all, position);
      const written: number[] = [];
      for (let call = 0; ; call += 1) {
        const next = rest.next();
        expect(next.length).toBeLessThanOrEqual(1024);
        expect(rest.position).toBe(position + written.length);
        const bytes = next.flatMap((buffer) => [...buffer]);
        if (bytes.length === 0) break;
        const taken = bytes.slice(0, takes[call % takes.length]);
        written.push(...taken);
        rest.wrote(taken.length);
      }
      expect(written).toEqual(all.flatMap((buffer) => [...buffer]));
    }),
    { numRuns: 50 },
  );
});

test("a file that takes nothing is an error, not an endless loop", () => {
  const rest = new Remaining([new Uint8Array(1)], 0);
  rest.next();
  expect(() => rest.wrote(0)).toThrow("takes no more bytes");
});
