import type { HeldPieces } from "./cache/held-pieces.ts";
import type { AbortedTransaction, ReadResult } from "./partition-log.ts";
import type { Offset } from "./units.ts";
import type { Watermarks } from "./watermarks.ts";

/** What is smaller is copied: it would keep more than itself from being used again. */
const COPIED_BYTES_MAX = 4_096;

/** What a read found, and the memory that it lies in. */
export class HeldRead implements ReadResult {
  readonly batches: readonly Buffer[];
  readonly sizeInBytes: number;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly abortedTransactions: readonly AbortedTransaction[] | undefined;
  readonly #pieces: HeldPieces;

  /** `pieces` are this result's from here on. */
  constructor(
    pieces: HeldPieces,
    watermarks: Watermarks,
    abortedTransactions: readonly AbortedTransaction[] | undefined,
  ) {
    this.sizeInBytes = pieces.sizeInBytes;
    this.logStartOffset = watermarks.logStartOffset as Offset;
    this.highWatermark = watermarks.highWatermark as Offset;
    this.lastStableOffset = watermarks.lastStableOffset as Offset;
    this.abortedTransactions = abortedTransactions;
    this.#pieces = pieces;
    if (this.sizeInBytes > 0 && this.sizeInBytes <= COPIED_BYTES_MAX) {
      this.batches = [Buffer.concat(pieces.buffers(), this.sizeInBytes)];
      pieces.release();
    } else {
      this.batches = pieces.buffers();
    }
  }

  release(): void {
    this.#pieces.release();
  }
}
