import { ApiError, toApiError } from "@millrace/runtime";
import { Backoff } from "../backoff.ts";
import type { ClientRuntime } from "../client-runtime.ts";
import { isPassing } from "../is-passing.ts";
import type { AppendOutcome, Transport } from "../transport/transport.ts";
import type { OpenBatch } from "./partition-queue.ts";
import type { ProducerOptions } from "./producer-options.ts";
import type { TopicPartitions } from "./topic-partitions.ts";

/** Where a batch goes. */
export interface Destination {
  readonly topic: string;
  readonly partition: number;
}

/** Gets closed batches into the log, again and again where that can help, and tells the records' senders. */
export class BatchDelivery {
  readonly #transport: Transport;
  readonly #runtime: ClientRuntime;
  readonly #options: Required<ProducerOptions>;
  readonly #topics: TopicPartitions;
  readonly #stop = new AbortController();

  constructor(
    transport: Transport,
    runtime: ClientRuntime,
    options: Required<ProducerOptions>,
    topics: TopicPartitions,
  ) {
    this.#transport = transport;
    this.#runtime = runtime;
    this.#options = options;
    this.#topics = topics;
  }

  /** From now on nothing is sent (again): what is not acknowledged yet fails with `error`. */
  stop(error: ApiError): void {
    this.#stop.abort(error);
  }

  /** Never rejects: every record's sender is told. */
  async deliver({ topic, partition }: Destination, batch: OpenBatch): Promise<void> {
    try {
      const bytes = batch.builder.build({ compression: this.#options.compression });
      const appended = await this.#append({ topic, partition }, bytes, batch.openedAtMs);
      const { baseOffset, logAppendTimeMs } = appended;
      batch.waiting.forEach(({ resolve, timestampMs }, index) => {
        const stampedMs = logAppendTimeMs === -1 ? timestampMs : logAppendTimeMs;
        resolve({ topic, partition, offset: baseOffset + index, timestampMs: stampedMs });
      });
    } catch (error) {
      for (const { reject } of batch.waiting) reject(error);
    }
  }

  /** Throws the last reason when retrying cannot help or the time is up. */
  async #append(to: Destination, batch: Buffer, openedAtMs: number) {
    const { clocks, random } = this.#runtime;
    const deadlineMs = openedAtMs + this.#options.deliveryTimeoutMs;
    const backoff = new Backoff(clocks.liveness, random);
    let error = new ApiError("REQUEST_TIMED_OUT");
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const leftMs = Math.max(0, deadlineMs - clocks.liveness.monotonicMs());
      const outcome = await this.#tryAppend(to, batch, leftMs, error);
      if (outcome.error === undefined) return outcome;
      error = outcome.error;
      if (!isPassing(error)) throw error;
      if (clocks.liveness.monotonicMs() >= deadlineMs) throw tooLate(error);
      await backoff.pause(this.#stop.signal);
      if (error.id === "UNKNOWN_TOPIC_OR_PARTITION") await this.#assertExists(to.topic);
    }
  }

  /** An answer that comes later than `timeoutMs` counts for nothing: then it is `lateError`, what went wrong before. */
  async #tryAppend(
    to: Destination,
    batch: Buffer,
    timeoutMs: number,
    lateError: ApiError,
  ): Promise<AppendOutcome> {
    const late = Promise.withResolvers<AppendOutcome>();
    const timer = this.#runtime.clocks.liveness.setTimer(timeoutMs, () => late.resolve({ error: lateError }));
    try {
      const appending = this.#transport.produce([{ ...to, batch }], this.#options.acks);
      return await Promise.race([appending.then(([outcome]) => outcome ?? unanswered()), late.promise]);
    } catch (error) {
      return { error: toApiError(error) };
    } finally {
      timer.cancel();
    }
  }

  /** A broker may not have heard of a new topic yet; but one that was deleted does not come back by waiting. */
  async #assertExists(topic: string): Promise<void> {
    this.#topics.forget(topic);
    try {
      await this.#topics.count(topic);
    } catch (error) {
      const reason = toApiError(error);
      if (reason.id === "UNKNOWN_TOPIC_OR_PARTITION" || !isPassing(reason)) throw reason;
    }
  }
}

const unanswered = (): AppendOutcome => ({
  error: new ApiError("UNKNOWN_SERVER_ERROR", { detail: "the broker left the batch out of its answer" }),
});

const tooLate = (last: ApiError): ApiError =>
  new ApiError("REQUEST_TIMED_OUT", {
    detail: `not acknowledged within deliveryTimeoutMs; last: ${last.message}`,
    cause: last,
  });
