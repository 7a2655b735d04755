/** What is asked of the partitions that changed; a `Set` of them will do too. */
export interface PartitionSet extends Iterable<number> {
  readonly size: number;
  has(partition: number): boolean;
}

/** Partition numbers as bits: those of a whole topic take a bit each, not an entry of a hash table. */
export class PartitionBits implements PartitionSet {
  #words = new Int32Array(1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(partition: number): boolean {
    return ((this.#words[partition >>> 5] ?? 0) & (1 << (partition & 31))) !== 0;
  }

  add(first: number, count: number): void {
    this.#makeRoom(first + count);
    for (let partition = first; partition < first + count; partition++) {
      if (this.has(partition)) continue;
      this.#words[partition >>> 5]! |= 1 << (partition & 31);
      this.#size++;
    }
  }

  clear(): void {
    this.#words = new Int32Array(1);
    this.#size = 0;
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let word = 0; word < this.#words.length; word++) {
      for (let bits = this.#words[word]!; bits !== 0; bits &= bits - 1) {
        yield word * 32 + 31 - Math.clz32(bits & -bits);
      }
    }
  }

  #makeRoom(end: number): void {
    const needed = (end + 31) >>> 5;
    if (needed <= this.#words.length) return;
    const words = new Int32Array(Math.max(needed, this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }
}
