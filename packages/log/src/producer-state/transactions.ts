import type { ProducerEntry } from "./producer-entry.ts";

export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  readonly aborted: boolean;
}

/**
 * Transactions that hold the last stable offset back: open ones, and ended ones whose marker is not yet below the high
 * watermark.
 */
export class Transactions {
  /** Producer id by first offset. Offsets only grow, so the first key is the smallest. */
  readonly #open = new Map<number, number>();
  /** In order of their markers. */
  #ended: CompletedTransaction[] = [];

  begin(firstOffset: number, producerId: number): void {
    this.#open.set(firstOffset, producerId);
  }

  end(transaction: CompletedTransaction): void {
    this.#open.delete(transaction.firstOffset);
    this.#ended.push(transaction);
  }

  /** Undefined when every transaction is decided. */
  get firstUnstableOffset(): number | undefined {
    let first = this.#firstOpenOffset;
    for (const { firstOffset } of this.#ended)
      if (first === undefined || firstOffset < first) first = firstOffset;
    return first;
  }

  /** Where the last stable offset stands once `transaction`, still open, has ended and its marker is committed. */
  stableOffsetAfter(transaction: CompletedTransaction): number {
    for (const firstOffset of this.#open.keys()) {
      if (firstOffset !== transaction.firstOffset) return Math.min(firstOffset, transaction.lastOffset + 1);
    }
    return transaction.lastOffset + 1;
  }

  committedUpTo(highWatermark: number): void {
    if (this.#ended.length === 0) return;
    this.#ended = this.#ended.filter((transaction) => transaction.lastOffset >= highWatermark);
  }

  /** The open transactions of `entries`, and nothing else. */
  restore(entries: Iterable<ProducerEntry>): void {
    this.#open.clear();
    this.#ended = [];
    const open = [...entries].filter((entry) => entry.transactionFirstOffset !== undefined);
    open.sort((a, b) => a.transactionFirstOffset! - b.transactionFirstOffset!);
    for (const entry of open) this.begin(entry.transactionFirstOffset!, entry.producerId);
  }

  get #firstOpenOffset(): number | undefined {
    const first = this.#open.keys().next();
    return first.done ? undefined : first.value;
  }
}
