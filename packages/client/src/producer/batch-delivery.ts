import { ApiError, sleep, toApiError, within } from "@millrace/runtime";
import type { ClientRuntime } from "../client-runtime.ts";
import { errorAbout } from "../error-about.ts";
import { isPassing } from "../is-passing.ts";
import { retryBackoff } from "../retry-backoff.ts";
import type { AppendOutcome, Transport } from "../transport/transport.ts";
import { DeliveryAttempts } from "./delivery-attempts.ts";
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

  /** Throws the reason when retrying cannot help, and REQUEST_TIMED_OUT with the first one when the time is up. */
  async #append(to: Destination, batch: Buffer, openedAtMs: number) {
    const { clocks, random } = this.#runtime;
    const name = `${to.topic}-${to.partition}`;
    const deadlineMs = openedAtMs + this.#options.deliveryTimeoutMs;
    const backoff = retryBackoff(random);
    const attempts = new DeliveryAttempts();
    const { signal } = this.#stop;
    try {
      for (;;) {
        signal.throwIfAborted();
        const leftMs = Math.max(0, deadlineMs - clocks.liveness.monotonicMs());
        const outcome = await this.#tryAppend(to, batch, leftMs);
        if (outcome !== undefined) {
          if (outcome.error === undefined) return outcome;
          if (!isPassing(outcome.error)) throw errorAbout(name, outcome.error);
          attempts.failed(outcome.error);
        }
        if (clocks.liveness.monotonicMs() >= deadlineMs) {
          throw attempts.givenUp(`${name}: not acknowledged within deliveryTimeoutMs`);
        }
        await sleep(clocks.liveness, backoff.nextMs(), signal);
        signal.throwIfAborted();
        if (outcome?.error.id === "UNKNOWN_TOPIC_OR_PARTITION") await this.#assertExists(to.topic);
      }
    } catch (error) {
      if (signal.aborted && error === signal.reason)
        throw attempts.givenUp(`${name}: ${signal.reason.detail}`);
      throw error;
    }
  }

  /** Undefined when no answer came within `timeoutMs`: one that comes later counts for nothing. */
  async #tryAppend(to: Destination, batch: Buffer, timeoutMs: number): Promise<AppendOutcome | undefined> {
    try {
      const appending = this.#transport.produce([{ ...to, batch }], this.#options.acks);
      const answered = appending.then(([outcome]) => outcome ?? unanswered());
      return await within(this.#runtime.clocks.liveness, timeoutMs, answered);
    } catch (error) {
      return { error: toApiError(error) };
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
