import { describe, expect, test } from "vitest";
import { randomBelow } from "./random.ts";
import { SeededRandom } from "./seeded-random.ts";

const draw = (random: SeededRandom, count: number): number[] =>
  Array.from({ length: count }, () => random.uint32());

describe("SeededRandom", () => {
  test("repeats for a seed, for ever: seeds of failed runs stay good", () => {
    expect(draw(new SeededRandom(42), 3)).toEqual(draw(new SeededRandom("42"), 3));
    expect(draw(new SeededRandom(42), 3)).toMatchInlineSnapshot(`
      [
        862597470,
        273060612,
        2778830662,
      ]
    `);
  });

  test("near seeds and forks have nothing in common", () => {
    const words = [...draw(new SeededRandom(1), 1_000), ...draw(new SeededRandom(2), 1_000)];
    const parent = new SeededRandom(1);
    words.push(...draw(parent.fork("disk"), 1_000), ...draw(parent.fork("network"), 1_000));
    expect(new Set(words).size).toBeGreaterThan(3_990);
  });

  test("a fork does not depend on what was drawn before", () => {
    const parent = new SeededRandom(7);
    const early = draw(parent.fork("a"), 5);
    draw(parent, 100);
    expect(draw(parent.fork("a"), 5)).toEqual(early);
  });

  test("is uniform enough: every bucket of 16 and every bit", () => {
    const random = new SeededRandom("uniform");
    const buckets = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i += 1) buckets[randomBelow(random, 16)]! += 1;
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150); // 5 standard deviations

    const bytes = new Uint8Array(8_003);
    random.fill(bytes);
    for (let bit = 0; bit < 8; bit += 1) {
      const ones = bytes.reduce((sum, byte) => sum + ((byte >> bit) & 1), 0);
      expect(Math.abs(ones - 4_000)).toBeLessThan(250);
    }
  });

  test("fractions lie in [0, 1)", () => {
    const random = new SeededRandom(3);
    for (let i = 0; i < 10_000; i += 1) {
      const fraction = random.fraction();
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }
  });
});
