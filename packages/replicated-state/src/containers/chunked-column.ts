import { assert } from "@millrace/runtime";
import type { Owner } from "./owner.ts";

const arrays = { int32: Int32Array, float64: Float64Array, uint8: Uint8Array } as const;

export type ColumnType = keyof typeof arrays;

const chunkShift = 10;
const chunkLength = 1 << chunkShift;
const indexMask = chunkLength - 1;
/** A short column is one short chunk, which doubles until it has the full length. */
const firstChunkLength = 8;

interface Chunk {
  readonly owner: Owner;
  readonly values: Int32Array | Float64Array | Uint8Array;
}

/**
 * An immutable column of numbers in chunks of 1,024. A batch copies each chunk that it touches once, and the list of
 * chunks once; all others are shared. Values are stored as the typed array of the column stores them (an int32 column
 * wraps around, like `Int32Array`).
 */
export class ChunkedColumn {
  readonly type: ColumnType;
  readonly #owner: Owner | undefined;
  readonly #chunks: Chunk[];
  #length: number;

  private constructor(type: ColumnType, owner: Owner | undefined, chunks: Chunk[], length: number) {
    this.type = type;
    this.#owner = owner;
    this.#chunks = chunks;
    this.#length = length;
  }

  static empty(type: ColumnType): ChunkedColumn {
    return new ChunkedColumn(type, undefined, [], 0);
  }

  get length(): number {
    return this.#length;
  }

  get(index: number): number {
    assert(index >= 0 && index < this.#length, "index outside of the column");
    return this.#chunks[index >>> chunkShift]!.values[index & indexMask]!;
  }

  /** This column, changed in place, when `owner` made it; a changed copy otherwise. Assign the result. */
  set(index: number, value: number, owner: Owner): ChunkedColumn {
    assert(index >= 0 && index < this.#length, "index outside of the column");
    const column = this.#ownedBy(owner);
    column.#writable(index >>> chunkShift, owner)[index & indexMask] = value;
    return column;
  }

  /** Like `set`, one past the end. */
  push(value: number, owner: Owner): ChunkedColumn {
    const column = this.#ownedBy(owner);
    const index = column.#length;
    column.#roomFor(index, owner, (index & indexMask) + 1);
    column.#writable(index >>> chunkShift, owner)[index & indexMask] = value;
    column.#length = index + 1;
    return column;
  }

  /** Like `push` for each of `values`; a column that was empty takes no more room than they need. */
  pushAll(values: ArrayLike<number>, owner: Owner): ChunkedColumn {
    const column = this.#ownedBy(owner);
    for (let done = 0; done < values.length; ) {
      const index = column.#length;
      const first = index & indexMask;
      const count = Math.min(values.length - done, chunkLength - first);
      column.#roomFor(index, owner, first + count);
      const chunk = column.#writable(index >>> chunkShift, owner);
      for (let i = 0; i < count; i++) chunk[first + i] = values[done + i]!;
      done += count;
      column.#length = index + count;
    }
    return column;
  }

  /** A copy of the values from `start` up to `end`, exclusive: for whoever reads many. */
  slice(start: number, end: number): Int32Array | Float64Array | Uint8Array {
    assert(start >= 0 && start <= end && end <= this.#length, "index outside of the column");
    const values = new arrays[this.type](end - start);
    for (let index = start; index < end; ) {
      const first = index & indexMask;
      const count = Math.min(end - index, chunkLength - first);
      values.set(this.#chunks[index >>> chunkShift]!.values.subarray(first, first + count), index - start);
      index += count;
    }
    return values;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.#length; index++) yield this.get(index);
  }

  #ownedBy(owner: Owner): ChunkedColumn {
    if (this.#owner === owner) return this;
    return new ChunkedColumn(this.type, owner, this.#chunks.slice(), this.#length);
  }

  #writable(chunkIndex: number, owner: Owner): Chunk["values"] {
    const chunk = this.#chunks[chunkIndex]!;
    if (chunk.owner === owner) return chunk.values;
    const values = chunk.values.slice();
    this.#chunks[chunkIndex] = { owner, values };
    return values;
  }

  /** Makes the chunk of `index` at least `needed` long. */
  #roomFor(index: number, owner: Owner, needed: number): void {
    const chunkIndex = index >>> chunkShift;
    const present = this.#chunks[chunkIndex];
    if (present !== undefined && needed <= present.values.length) return;
    const values = new arrays[this.type](this.#newLength(present, chunkIndex, needed));
    if (present !== undefined) values.set(present.values);
    this.#chunks[chunkIndex] = { owner, values };
  }

  #newLength(present: Chunk | undefined, chunkIndex: number, needed: number): number {
    if (chunkIndex > 0) return chunkLength;
    const grown = present === undefined ? needed : Math.max(needed, present.values.length * 2);
    return Math.min(chunkLength, Math.max(firstChunkLength, grown));
  }
}
