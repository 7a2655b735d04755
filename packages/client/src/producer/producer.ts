import { ApiError, ByteBudget, randomBelow, type Timer, within } from "@millrace/runtime";
import { check } from "../arguments/check.ts";
import { checkRecord } from "../arguments/check-record.ts";
import type { ClientRuntime } from "../client-runtime.ts";
import type { Transport } from "../transport/transport.ts";
import { BatchDelivery } from "./batch-delivery.ts";
import { type EncodedRecord, encodeRecord, sizeOf } from "./encoded-record.ts";
import { PartitionQueue } from "./partition-queue.ts";
import { partitionForKey } from "./partitioner.ts";
import { type ProducerOptions, producerOptions } from "./producer-options.ts";
import type { ProducerRecord, SentRecord } from "./producer-record.ts";
import { SendGroups } from "./send-groups.ts";
import { TopicPartitions } from "./topic-partitions.ts";

const CLOSE_TIMEOUT_MS = 30_000;

/**
 * Sends records in batches, in order per partition. A batch that is refused for a passing reason is sent again until
 * `deliveryTimeoutMs`; when a connection broke before the answer, the batch may then be in the log twice, until
 * producers are idempotent.
 */
export class Producer implements AsyncDisposable {
  readonly #runtime: ClientRuntime;
  readonly #options: Required<ProducerOptions>;
  readonly #topics: TopicPartitions;
  readonly #delivery: BatchDelivery;
  readonly #budget: ByteBudget;
  readonly #sends = new SendGroups();
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #sticky = new Map<string, number>();
  readonly #onClosed: () => void;
  #flushes = 0;
  #pumpScheduled = false;
  #lingering: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** @internal `MillraceClient.producer()` makes them. */
  constructor(
    transport: Transport,
    runtime: ClientRuntime,
    options: ProducerOptions = {},
    onClosed: () => void = () => {},
  ) {
    this.#runtime = runtime;
    this.#options = producerOptions(options);
    this.#topics = new TopicPartitions(transport.admin, runtime.clocks.liveness);
    this.#delivery = new BatchDelivery(transport, runtime, this.#options, this.#topics);
    this.#budget = new ByteBudget(this.#options.bufferBytesMax);
    this.#onClosed = onClosed;
  }

  /**
   * Resolves when the record is acknowledged as `acks` asks. Rejects with an `ApiError`: UNKNOWN_TOPIC_OR_PARTITION,
   * MESSAGE_TOO_LARGE, REQUEST_TIMED_OUT after `deliveryTimeoutMs` (its cause is what went wrong first), INVALID_REQUEST
   * after `close`, ..., or with an `ArgumentError`. Key, value and headers must not change until then.
   */
  async send(record: ProducerRecord): Promise<SentRecord> {
    if (this.#closing !== undefined)
      throw new ApiError("INVALID_REQUEST", { detail: "the producer is closed" });
    checkRecord(record);
    const leave = this.#sends.enter();
    try {
      return await this.#send(record);
    } finally {
      leave();
    }
  }

  /** Sends what lingers. Resolves when everything sent before is settled, whatever became of it. */
  async flush(): Promise<void> {
    this.#flushes += 1;
    try {
      this.#pump();
      await this.#sends.settled();
    } finally {
      this.#flushes -= 1;
    }
  }

  /** Flushes for `timeoutMs` (30,000 when left out) and refuses more; then gives up with REQUEST_TIMED_OUT. */
  async close({ timeoutMs = CLOSE_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    check(timeoutMs, "number", "options.timeoutMs");
    this.#closing ??= this.#close(timeoutMs);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    await within(this.#runtime.clocks.liveness, timeoutMs, this.flush());
    this.#lingering?.cancel();
    this.#delivery.stop(new ApiError("REQUEST_TIMED_OUT", { detail: "the producer was closed" }));
    this.#onClosed();
  }

  async #send(record: ProducerRecord): Promise<SentRecord> {
    const encoded = encodeRecord(record, this.#runtime.clocks.domain);
    const partition = record.partition ?? (await this.#partitionFor(record.topic, encoded.key));
    const bytes = sizeOf(encoded);
    await this.#room(bytes);
    try {
      return await this.#enqueue(record.topic, partition, encoded);
    } finally {
      this.#budget.give(bytes);
    }
  }

  async #partitionFor(topic: string, key: Uint8Array | null): Promise<number> {
    const count = await this.#topics.count(topic);
    if (key !== null) return partitionForKey(key, count);
    const stuck = this.#sticky.get(topic);
    if (stuck !== undefined && stuck < count) return stuck;
    const partition = randomBelow(this.#runtime.random, count);
    this.#sticky.set(topic, partition);
    return partition;
  }

  /** Waits until the buffer has room, first come, first served. */
  async #room(bytes: number): Promise<void> {
    if (bytes > this.#options.bufferBytesMax) {
      throw new ApiError("MESSAGE_TOO_LARGE", { detail: "the record is larger than bufferBytesMax" });
    }
    if (this.#budget.tryTake(bytes)) return;
    this.#schedulePump(0);
    await new Promise<void>((taken) => this.#budget.whenRoom(bytes, taken));
  }

  #enqueue(topic: string, partition: number, record: EncodedRecord): Promise<SentRecord> {
    const key = `${topic}:${partition}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, this.#options.batchBytesMax);
      this.#queues.set(key, queue);
    }
    const nowMs = this.#runtime.clocks.liveness.monotonicMs();
    const sent = queue.add(record, nowMs);
    if (!queue.inFlight) this.#schedulePump(queue.dueInMs(nowMs, this.#lingerMs));
    return sent;
  }

  /** Nothing lingers while somebody waits for a flush, or for room that lingering records take. */
  get #lingerMs(): number {
    const isWanted = this.#flushes > 0 || this.#closing !== undefined || this.#budget.waiting > 0;
    return isWanted ? 0 : this.#options.lingerMs;
  }

  /** What is due now goes when this turn of the event loop is over, together with what else it brings. */
  #schedulePump(dueInMs: number): void {
    if (dueInMs > 0) {
      this.#lingering ??= this.#runtime.clocks.liveness.setTimer(dueInMs, () => {
        this.#lingering = undefined;
        this.#pump();
      });
    } else if (!this.#pumpScheduled) {
      this.#pumpScheduled = true;
      this.#runtime.executor.afterTurn(() => {
        this.#pumpScheduled = false;
        this.#pump();
      });
    }
  }

  /** Sends the first batch of every partition where that is due. */
  #pump(): void {
    const nowMs = this.#runtime.clocks.liveness.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      if (queue.inFlight) continue;
      const dueInMs = queue.dueInMs(nowMs, this.#lingerMs);
      if (dueInMs <= 0) void this.#dispatch(queue);
      else nextMs = Math.min(nextMs, dueInMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#schedulePump(nextMs);
  }

  async #dispatch(queue: PartitionQueue): Promise<void> {
    const batch = queue.takeFirst();
    if (batch === undefined) return;
    // Keyless records go to another partition once a batch is full or sent.
    this.#sticky.delete(queue.topic);
    queue.inFlight = true;
    await this.#delivery.deliver(queue, batch);
    queue.inFlight = false;
    if (queue.isEmpty) this.#queues.delete(`${queue.topic}:${queue.partition}`);
    else this.#schedulePump(queue.dueInMs(this.#runtime.clocks.liveness.monotonicMs(), this.#lingerMs));
  }
}
