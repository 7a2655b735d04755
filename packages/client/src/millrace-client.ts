import { Admin } from "./admin/admin.ts";
import { check, checkIfGiven } from "./arguments/check.ts";
import type { ClientRuntime } from "./client-runtime.ts";
import { Producer } from "./producer/producer.ts";
import type { ProducerOptions } from "./producer/producer-options.ts";
import type { ReadOptions, ReceivedBatch, ReceivedRecord } from "./reader/read-options.ts";
import { readBatches } from "./reader/read-partition.ts";
import type { Transport } from "./transport/transport.ts";

/** A client of one cluster. Producers and readings made from it share its connection. */
export class MillraceClient implements AsyncDisposable {
  readonly admin: Admin;
  readonly #transport: Transport;
  readonly #runtime: ClientRuntime;
  readonly #producers = new Set<Producer>();
  #closing: Promise<void> | undefined;

  /** `connect()` makes one over gRPC; another transport can be given here. */
  constructor(transport: Transport, runtime: ClientRuntime) {
    this.#transport = transport;
    this.#runtime = runtime;
    this.admin = new Admin(transport.admin);
  }

  producer(options: ProducerOptions = {}): Producer {
    const forget = (): void => void this.#producers.delete(producer);
    const producer = new Producer(this.#transport, this.#runtime, options, forget);
    this.#producers.add(producer);
    return producer;
  }

  /**
   * Records of one partition, in order and each once, as they are pushed. Leaving the loop ends the reading; a slow loop
   * slows the broker down. A connection that breaks is made anew, for `resumeTimeoutMs` at most. Rejects with an
   * `ApiError` (UNKNOWN_TOPIC_OR_PARTITION, also when the topic is deleted meanwhile; OFFSET_OUT_OF_RANGE; at once with
   * NETWORK_EXCEPTION when the broker cannot be reached to begin with), or with the signal's reason.
   */
  async *read(
    options: ReadOptions,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ReceivedRecord, void> {
    for await (const batch of readBatches(this.#transport, this.#runtime, options, signal))
      yield* batch.records;
  }

  /** As `read`, a batch at a time: for whole-batch work, and faster. */
  readBatches(
    options: ReadOptions,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ReceivedBatch, void> {
    return readBatches(this.#transport, this.#runtime, options, signal);
  }

  /**
   * Flushes its producers for `timeoutMs` (30,000 when left out), then closes the connection: what is still under way
   * fails.
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    check(options, "object", "options");
    checkIfGiven(options.timeoutMs, "number", "options.timeoutMs");
    this.#closing ??= this.#close(options);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(options: { readonly timeoutMs?: number }): Promise<void> {
    await Promise.all([...this.#producers].map((producer) => producer.close(options)));
    await this.#transport.close();
  }
}
