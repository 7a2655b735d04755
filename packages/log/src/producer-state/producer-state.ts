import { NO_PRODUCER_ID, producerId, sizeInBytes } from "@millrace/kafka-protocol";
import type { ActiveProducer, AppendOrigin } from "../partition-log.ts";
import { offset } from "../units.ts";
import { type BatchMetadata, ProducerEntry } from "./producer-entry.ts";
import { updateProducer } from "./producer-update.ts";
import { formatSnapshot } from "./snapshot-file.ts";
import { type CompletedTransaction, Transactions } from "./transactions.ts";

/** Told of aborted transactions, for the transaction index of the segment that gets the marker. */
export type AbortedListener = (transaction: CompletedTransaction, lastStableOffset: number) => void;

/** Idempotence and transactions of one partition: the replay of its batches (KIP-98). */
export class ProducerState {
  #entries = new Map<number, ProducerEntry>();
  readonly #transactions = new Transactions();

  /** Where batches are checked and staged before any of them takes effect. */
  stage(origin: AppendOrigin): ProducerStage {
    return new ProducerStage(this.#entries, this.#transactions, origin);
  }

  /** A batch of the log itself, at recovery. */
  replay(buffer: Buffer, at: number, baseOffset: number, onAborted: AbortedListener): void {
    if (producerId(buffer, at) === NO_PRODUCER_ID) return;
    const stage = this.stage("replication");
    stage.add(buffer, at, baseOffset);
    stage.commit(onAborted);
  }

  get firstUnstableOffset(): number | undefined {
    return this.#transactions.firstUnstableOffset;
  }

  committedUpTo(highWatermark: number): void {
    this.#transactions.committedUpTo(highWatermark);
  }

  snapshot(): Buffer {
    return formatSnapshot(this.#entries);
  }

  restore(entries: Map<number, ProducerEntry>): void {
    this.#entries = entries;
    this.#transactions.restore(entries.values());
  }

  /** Forgets producers without an open transaction that were silent for `expirationMs`. */
  expire(nowMs: number, expirationMs: number): void {
    for (const [id, entry] of this.#entries) {
      const idle = nowMs - entry.lastTimestampMs >= expirationMs;
      if (idle && entry.transactionFirstOffset === undefined) this.#entries.delete(id);
    }
  }

  active(): readonly ActiveProducer[] {
    return [...this.#entries.values()].map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.lastSequence,
      lastTimestampMs: entry.lastTimestampMs,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTransactionStartOffset:
        entry.transactionFirstOffset === undefined ? undefined : offset(entry.transactionFirstOffset),
    }));
  }
}

/** One call of `append`: all of its batches take effect, or none does. */
export class ProducerStage {
  readonly #entries: Map<number, ProducerEntry>;
  readonly #transactions: Transactions;
  readonly #origin: AppendOrigin;
  readonly #changed = new Map<number, ProducerEntry>();
  readonly #events: ({ begin: number; producerId: number } | CompletedTransaction)[] = [];

  constructor(entries: Map<number, ProducerEntry>, transactions: Transactions, origin: AppendOrigin) {
    this.#entries = entries;
    this.#transactions = transactions;
    this.#origin = origin;
  }

  /** The batch that this one repeats, if it does. Throws what producer state refuses. */
  add(buffer: Buffer, at: number, baseOffset: number): BatchMetadata | undefined {
    const id = producerId(buffer, at);
    const entry = this.#changed.get(id) ?? this.#entries.get(id)?.copy() ?? new ProducerEntry(id);
    const batch = { buffer, at, size: sizeInBytes(buffer, at), baseOffset };
    const effect = updateProducer(entry, batch, this.#origin);
    if (effect.kind === "duplicate") return effect.of;
    this.#changed.set(id, entry);
    if (effect.kind === "ended") {
      if (effect.transaction !== undefined) this.#events.push(effect.transaction);
    } else if (effect.beginsTransactionAt !== undefined) {
      this.#events.push({ begin: effect.beginsTransactionAt, producerId: id });
    }
    return undefined;
  }

  commit(onAborted: AbortedListener): void {
    for (const [id, entry] of this.#changed) this.#entries.set(id, entry);
    for (const event of this.#events) {
      if ("begin" in event) {
        this.#transactions.begin(event.begin, event.producerId);
        continue;
      }
      if (event.aborted) onAborted(event, this.#transactions.stableOffsetAfter(event));
      this.#transactions.end(event);
    }
  }
}
