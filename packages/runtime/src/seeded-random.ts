import type { Random } from "./random.ts";

/**
 * Repeatable chance: sfc32 (Chris Doty-Humphrey's PractRand), whose 128 bits of state are filled from the seed by
 * hashing. The same seed gives the same sequence on every machine and version.
 */
export class SeededRandom implements Random {
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    this.seed = String(seed);
    this.#a = hash(this.seed, 0x9e3779b9);
    this.#b = hash(this.seed, 0x243f6a88);
    this.#c = hash(this.seed, 0xb7e15162);
    for (let i = 0; i < 15; i += 1) this.uint32(); // until near seeds have nothing in common
  }

  /** An independent sequence that depends on this seed and `name` only, not on what was drawn before. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  fraction(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i += 4) {
      let word = this.uint32();
      for (let j = i; j < Math.min(i + 4, target.length); j += 1) {
        target[j] = word & 0xff;
        word >>>= 8;
      }
    }
  }
}

/** FNV-1a over UTF-16 units with MurmurHash3's finish. */
function hash(text: string, basis: number): number {
  let h = basis;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
