import { Admin } from "./admin/admin.ts";
import { Producer, type ProducerRuntime } from "./producer/producer.ts";
import type { ProducerOptions } from "./producer/producer-options.ts";
import type { ReadOptions, ReceivedBatch, ReceivedRecord } from "./reader/read-options.ts";
import { readBatches } from "./reader/read-partition.ts";
import type { Transport } from "./transport/transport.ts";

/** A client of one cluster. Producers and readings made from it share its connection. */
export class MillraceClient implements AsyncDisposable {
  readonly admin: Admin;
  readonly #transport: Transport;
  readonly #runtime: ProducerRuntime;
  readonly #producers = new Set<Producer>();

  /** `connect()` makes one over gRPC; another transport can be given here. */
  constructor(transport: Transport, runtime: ProducerRuntime) {
    this.#transport = transport;
    this.#runtime = runtime;
    this.admin = new Admin(transport.admin);
  }

  producer(options: ProducerOptions = {}): Producer {
    const producer = new Producer(this.#transport, this.#runtime, options);
    this.#producers.add(producer);
    return producer;
  }

  /**
   * Records of one partition, as they are pushed. Leaving the loop ends the reading; a slow loop slows the broker
   * down. Rejects with an `ApiError` (UNKNOWN_TOPIC_OR_PARTITION, OFFSET_OUT_OF_RANGE, ...), or with the signal's
   * reason.
   */
  async *read(
    options: ReadOptions,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ReceivedRecord, void> {
    for await (const batch of readBatches(this.#transport, options, signal)) yield* batch.records;
  }

  /** As `read`, a batch at a time: for whole-batch work, and faster. */
  readBatches(
    options: ReadOptions,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ReceivedBatch, void> {
    return readBatches(this.#transport, options, signal);
  }

  /** Flushes its producers, then closes the connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
