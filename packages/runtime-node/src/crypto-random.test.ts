import { expect, test } from "vitest";
import { CryptoRandom } from "./crypto-random.ts";

test("fractions lie in [0, 1) and do not repeat, over many pools", () => {
  const random = new CryptoRandom();
  const drawn = new Set<number>();
  for (let i = 0; i < 5_000; i += 1) {
    const fraction = random.fraction();
    expect(fraction >= 0 && fraction < 1).toBe(true);
    drawn.add(fraction);
  }
  expect(drawn.size).toBe(5_000);
});

test.each([0, 1, 16, 1_024, 1_025, 100_000])("fills %i bytes with new ones each time", (bytes) => {
  const random = new CryptoRandom();
  const [one, other] = [Buffer.alloc(bytes), Buffer.alloc(bytes)];
  random.fill(one);
  random.fill(other);
  if (bytes >= 16) expect(one.equals(other)).toBe(false);
  if (bytes >= 1_024) expect(new Set(one).size).toBeGreaterThan(200);
});
