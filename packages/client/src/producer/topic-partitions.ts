import { ApiError, type Clock } from "@millrace/runtime";
import { errorAbout } from "../error-about.ts";
import type { AdminTransport } from "../transport/transport.ts";

const AGE_MS_MAX = 300_000;

/** How many partitions topics have: asked once, again after five minutes or when an answer showed it to be stale. */
export class TopicPartitions {
  readonly #admin: AdminTransport;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly count: Promise<number>; readonly askedAtMs: number }>();

  constructor(admin: AdminTransport, clock: Clock) {
    this.#admin = admin;
    this.#clock = clock;
  }

  /** Rejects with UNKNOWN_TOPIC_OR_PARTITION when there is no such topic. */
  count(topic: string): Promise<number> {
    const known = this.#known.get(topic);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && nowMs - known.askedAtMs < AGE_MS_MAX) return known.count;
    const count = this.#ask(topic);
    this.#known.set(topic, { count, askedAtMs: nowMs });
    // A failure is not remembered: the next record asks again.
    count.catch(() => this.forget(topic));
    return count;
  }

  forget(topic: string): void {
    this.#known.delete(topic);
  }

  async #ask(topic: string): Promise<number> {
    const [info] = await this.#admin.describeTopics([topic]);
    const answer = info ?? new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
    if (answer instanceof ApiError) throw errorAbout(topic, answer);
    return answer.partitions.length;
  }
}
