import { NO_PRODUCER_EPOCH, NO_SEQUENCE } from "@millrace/kafka-protocol";

/** How many of its last batches a producer may repeat (KIP-98: no more than that are in flight). */
const BATCHES_KEPT = 5;
const SEQUENCES = 2 ** 31;

export interface BatchMetadata {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestampMs: number;
}

/** What the log knows of one producer. */
export class ProducerEntry {
  readonly producerId: number;
  producerEpoch = NO_PRODUCER_EPOCH;
  coordinatorEpoch = -1;
  lastTimestampMs = -1;
  /** Undefined without an open transaction. */
  transactionFirstOffset: number | undefined;
  /** The latest of its epoch, oldest first; replaced, never changed in place, so that copies may share it. */
  batches: readonly BatchMetadata[] = [];

  constructor(producerId: number) {
    this.producerId = producerId;
  }

  copy(): ProducerEntry {
    return Object.assign(new ProducerEntry(this.producerId), this);
  }

  /** `NO_SEQUENCE` when nothing but markers is known. */
  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
  }

  get hasNoEpoch(): boolean {
    return this.producerEpoch === NO_PRODUCER_EPOCH;
  }

  isNextSequence(sequence: number): boolean {
    return sequence === (this.lastSequence + 1) % SEQUENCES;
  }

  /** An earlier batch with these very sequences, in this epoch. */
  duplicateOf(epoch: number, firstSequence: number, lastSequence: number): BatchMetadata | undefined {
    if (epoch !== this.producerEpoch) return undefined;
    return this.batches.find(
      (batch) => batch.firstSequence === firstSequence && batch.lastSequence === lastSequence,
    );
  }

  /** Sequences start anew with an epoch. */
  enterEpoch(epoch: number): void {
    if (epoch === this.producerEpoch) return;
    this.batches = [];
    this.producerEpoch = epoch;
  }

  addBatch(epoch: number, batch: BatchMetadata): void {
    this.enterEpoch(epoch);
    const kept = this.batches.length < BATCHES_KEPT ? this.batches : this.batches.slice(1);
    this.batches = [...kept, batch];
    this.lastTimestampMs = batch.timestampMs;
  }
}
