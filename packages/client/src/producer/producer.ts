import {
  ApiError,
  ByteBudget,
  type Clocks,
  type Executor,
  type Random,
  randomBelow,
  toApiError,
} from "@millrace/runtime";
import type { Transport } from "../transport/transport.ts";
import { type EncodedRecord, type OpenBatch, PartitionQueue } from "./partition-queue.ts";
import { partitionForKey } from "./partitioner.ts";
import { type ProducerOptions, producerOptions } from "./producer-options.ts";
import { type ProducerRecord, payloadBytes, type SentRecord } from "./producer-record.ts";
import { TopicPartitions } from "./topic-partitions.ts";

/** What a producer needs of the world. */
export interface ProducerRuntime {
  readonly clocks: Clocks;
  readonly random: Random;
  readonly executor: Executor;
}

const RETRY_BACKOFF_MS_MIN = 20;
const RETRY_BACKOFF_MS_MAX = 1_000;
const RECORD_OVERHEAD_BYTES = 64;

/**
 * Sends records in batches, in order per partition. A batch that is refused for a passing reason is sent again until
 * `deliveryTimeoutMs`; when a connection broke before the answer, the batch may then be in the log twice, until
 * producers are idempotent.
 */
export class Producer implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #runtime: ProducerRuntime;
  readonly #options: Required<ProducerOptions>;
  readonly #topics: TopicPartitions;
  readonly #budget: ByteBudget;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #sticky = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  #pumpScheduled = false;
  #closed = false;

  /** @internal `MillraceClient.producer()` makes them. */
  constructor(transport: Transport, runtime: ProducerRuntime, options: ProducerOptions = {}) {
    this.#transport = transport;
    this.#runtime = runtime;
    this.#options = producerOptions(options);
    this.#topics = new TopicPartitions(transport.admin, runtime.clocks.liveness);
    this.#budget = new ByteBudget(this.#options.bufferBytesMax);
  }

  /**
   * Resolves when the record is acknowledged as `acks` asks. Rejects with an `ApiError`: UNKNOWN_TOPIC_OR_PARTITION,
   * MESSAGE_TOO_LARGE, REQUEST_TIMED_OUT after `deliveryTimeoutMs`, ...
   */
  async send(record: ProducerRecord): Promise<SentRecord> {
    if (this.#closed) throw new ApiError("INVALID_REQUEST", { detail: "the producer is closed" });
    const encoded = this.#encode(record);
    const partition = await this.#partitionOf(record, encoded.key);
    const bytes = sizeOf(encoded);
    await this.#room(bytes);
    try {
      return await this.#enqueue(record.topic, partition, encoded);
    } finally {
      this.#budget.give(bytes);
    }
  }

  /** Resolves when everything sent before is settled, whatever became of it. */
  async flush(): Promise<void> {
    while (this.#queues.size > 0 || this.#underWay.size > 0) {
      this.#pump(true);
      await Promise.allSettled([...this.#underWay]);
    }
  }

  /** Flushes, then refuses more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #encode(record: ProducerRecord): EncodedRecord {
    const headers = Object.entries(record.headers ?? {}).map(([key, value]) => ({
      key,
      value: payloadBytes(value),
    }));
    return {
      timestampMs: record.timestampMs ?? this.#runtime.clocks.domain.nowMs(),
      key: payloadBytes(record.key),
      value: payloadBytes(record.value),
      headers,
    };
  }

  async #partitionOf(record: ProducerRecord, key: Uint8Array | null): Promise<number> {
    if (record.partition !== undefined) return record.partition;
    const count = await this.#topics.count(record.topic);
    if (key !== null) return partitionForKey(key, count);
    const stuck = this.#sticky.get(record.topic);
    if (stuck !== undefined && stuck < count) return stuck;
    const partition = randomBelow(this.#runtime.random, count);
    this.#sticky.set(record.topic, partition);
    return partition;
  }

  /** Waits until the buffer has room, first come, first served. */
  async #room(bytes: number): Promise<void> {
    if (bytes > this.#options.bufferBytesMax) {
      throw new ApiError("MESSAGE_TOO_LARGE", { detail: "the record is larger than bufferBytesMax" });
    }
    if (!this.#budget.tryTake(bytes)) await new Promise<void>((taken) => this.#budget.whenRoom(bytes, taken));
  }

  #enqueue(topic: string, partition: number, record: EncodedRecord): Promise<SentRecord> {
    const key = `${topic}:${partition}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, this.#options.batchBytesMax);
      this.#queues.set(key, queue);
    }
    const sent = queue.add(record, this.#runtime.clocks.liveness.monotonicMs());
    this.#schedulePump();
    return sent;
  }

  #schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    const run = () => {
      this.#pumpScheduled = false;
      this.#pump(false);
    };
    if (this.#options.lingerMs === 0) this.#runtime.executor.afterTurn(run);
    else this.#runtime.clocks.liveness.setTimer(this.#options.lingerMs, run);
  }

  /** Sends the first batch of every partition where that is due, or of all. */
  #pump(all: boolean): void {
    const nowMs = this.#runtime.clocks.liveness.monotonicMs();
    let waits = false;
    for (const queue of this.#queues.values()) {
      if (!queue.inFlight && (all || queue.isDue(nowMs, this.#options.lingerMs))) this.#dispatch(queue);
      else if (!queue.inFlight && queue.batches.length > 0) waits = true;
    }
    if (waits) this.#schedulePump();
  }

  #dispatch(queue: PartitionQueue): void {
    const batch = queue.batches.shift();
    if (batch === undefined) return;
    queue.inFlight = true;
    // Keyless records go to another partition once a batch is full or sent.
    this.#sticky.delete(queue.topic);
    const sending = this.#deliver(queue, batch).finally(() => {
      queue.inFlight = false;
      this.#underWay.delete(sending);
      if (queue.batches.length === 0) this.#queues.delete(`${queue.topic}:${queue.partition}`);
      else this.#schedulePump();
    });
    this.#underWay.add(sending);
  }

  async #deliver(queue: PartitionQueue, batch: OpenBatch): Promise<void> {
    const { topic, partition } = queue;
    try {
      const bytes = batch.builder.build({ compression: this.#options.compression });
      const { baseOffset, logAppendTimeMs } = await this.#append(topic, partition, bytes, batch.openedAtMs);
      batch.waiting.forEach(({ resolve, timestampMs }, index) => {
        const stampedMs = logAppendTimeMs === -1 ? timestampMs : logAppendTimeMs;
        resolve({ topic, partition, offset: baseOffset + index, timestampMs: stampedMs });
      });
    } catch (error) {
      for (const { reject } of batch.waiting) reject(error);
    }
  }

  /** Appends with retries; throws the last reason when the time is up or retrying cannot help. */
  async #append(topic: string, partition: number, batch: Buffer, openedAtMs: number) {
    const { liveness } = this.#runtime.clocks;
    const deadlineMs = openedAtMs + this.#options.deliveryTimeoutMs;
    for (let backoffMs = RETRY_BACKOFF_MS_MIN; ; backoffMs = Math.min(backoffMs * 2, RETRY_BACKOFF_MS_MAX)) {
      const outcome = await this.#tryAppend(topic, partition, batch);
      if (outcome.error === undefined) return outcome;
      if (outcome.error.next === "refreshMetadata") this.#topics.forget(topic);
      if (!outcome.error.retriable) throw outcome.error;
      if (liveness.monotonicMs() + backoffMs > deadlineMs) {
        throw new ApiError("REQUEST_TIMED_OUT", {
          detail: `not acknowledged within deliveryTimeoutMs; last: ${outcome.error.id}`,
          cause: outcome.error,
        });
      }
      await new Promise<void>((resolve) => liveness.setTimer(backoffMs, resolve));
    }
  }

  async #tryAppend(topic: string, partition: number, batch: Buffer) {
    try {
      const [outcome] = await this.#transport.produce([{ topic, partition, batch }], this.#options.acks);
      return outcome ?? { error: new ApiError("UNKNOWN_SERVER_ERROR") };
    } catch (error) {
      return { error: toApiError(error) };
    }
  }
}

function sizeOf(record: EncodedRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const header of record.headers) bytes += Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  return bytes;
}
