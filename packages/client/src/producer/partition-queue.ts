import { RecordBatchBuilder } from "@millrace/kafka-protocol";
import type { EncodedRecord } from "./encoded-record.ts";
import type { SentRecord } from "./producer-record.ts";

interface Waiting {
  readonly timestampMs: number;
  readonly resolve: (sent: SentRecord) => void;
  readonly reject: (error: unknown) => void;
}

/** Records of one partition that travel together. */
export class OpenBatch {
  readonly builder: RecordBatchBuilder;
  readonly waiting: Waiting[] = [];
  readonly openedAtMs: number;

  constructor(openedAtMs: number, capacity: number) {
    this.openedAtMs = openedAtMs;
    this.builder = new RecordBatchBuilder(capacity);
  }

  add(record: EncodedRecord): Promise<SentRecord> {
    this.builder.append(record.timestampMs, record.key, record.value, record.headers);
    return new Promise((resolve, reject) => {
      this.waiting.push({ timestampMs: record.timestampMs, resolve, reject });
    });
  }
}

/** What waits for one partition: batches in order, the last of them open. One batch is under way at a time, so that a
 * retry cannot overtake. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  inFlight = false;
  readonly #batches: OpenBatch[] = [];
  readonly #batchBytesMax: number;

  constructor(topic: string, partition: number, batchBytesMax: number) {
    this.topic = topic;
    this.partition = partition;
    this.#batchBytesMax = batchBytesMax;
  }

  add(record: EncodedRecord, nowMs: number): Promise<SentRecord> {
    const open = this.#batches.at(-1);
    if (open !== undefined && this.#fits(open, record)) return open.add(record);
    const batch = new OpenBatch(nowMs, Math.min(this.#batchBytesMax, 16 * 1024));
    this.#batches.push(batch);
    return batch.add(record);
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** In how many ms its first batch has waited long enough; 0 or less: now, also because it can take no more. */
  dueInMs(nowMs: number, lingerMs: number): number {
    const [first] = this.#batches;
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const isFull = this.#batches.length > 1 || first.builder.sizeInBytes >= this.#batchBytesMax;
    return isFull ? 0 : first.openedAtMs + lingerMs - nowMs;
  }

  takeFirst(): OpenBatch | undefined {
    return this.#batches.shift();
  }

  #fits(batch: OpenBatch, record: EncodedRecord): boolean {
    const { timestampMs, key, value, headers } = record;
    return (
      batch.builder.sizeInBytes + batch.builder.sizeOf(timestampMs, key, value, headers) <=
      this.#batchBytesMax
    );
  }
}
