import { randomFillSync } from "node:crypto";
import type { Random } from "@millrace/runtime";

const poolBytes = 4_096;

/** The operating system's randomness, drawn a pool at a time: a system call for each number would cost 1 us. */
export class CryptoRandom implements Random {
  readonly #pool = Buffer.allocUnsafeSlow(poolBytes);
  #used = poolBytes;

  fraction(): number {
    const at = this.#take(8);
    const high = this.#pool.readUInt32LE(at) >>> 5;
    const low = this.#pool.readUInt32LE(at + 4) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  fill(target: Uint8Array): void {
    if (target.length > poolBytes / 4) {
      randomFillSync(target);
      return;
    }
    const at = this.#take(target.length);
    target.set(this.#pool.subarray(at, at + target.length));
  }

  #take(bytes: number): number {
    if (this.#used + bytes > poolBytes) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
}
