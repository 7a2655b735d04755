import { type Clock, type Random, randomBelow } from "@millrace/runtime";
import { FetchSession, type SessionPartition } from "./fetch-session.ts";

export interface FetchSessionCacheOptions {
  /** `max.incremental.fetch.session.cache.slots`. 0: there are no sessions. */
  readonly sessionsMax: number;
  /** A session that was not used for so long may be evicted; milliseconds. */
  readonly evictionMs?: number;
  /** Partitions of all sessions together: the other bound of its memory. */
  readonly partitionsMax?: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Kafka's `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`. */
const EVICTION_MS = 120_000;
const PARTITIONS_MAX = 1_000_000;
const ID_LIMIT = 2 ** 31 - 1;

/** All incremental fetch sessions of this broker, bounded: a client that gets none fetches in full each time. */
export class FetchSessionCache {
  readonly #options: FetchSessionCacheOptions;
  readonly #evictionMs: number;
  readonly #partitionsMax: number;
  /** The least recently used one first. */
  readonly #sessions = new Map<number, FetchSession>();
  #partitions = 0;

  constructor(options: FetchSessionCacheOptions) {
    this.#options = options;
    this.#evictionMs = options.evictionMs ?? EVICTION_MS;
    this.#partitionsMax = options.partitionsMax ?? PARTITIONS_MAX;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id);
  }

  /** Undefined when there is no room: every session was used a short while ago. */
  create(
    principal: string,
    usesTopicIds: boolean,
    partitions: Map<string, SessionPartition>,
  ): FetchSession | undefined {
    if (!this.#makeRoom(partitions.size)) return undefined;
    const session = new FetchSession(this.#freeId(), principal, usesTopicIds, partitions, this.#nowMs());
    this.#sessions.set(session.id, session);
    this.#partitions += partitions.size;
    return session;
  }

  /** After a request of the session, which had so many partitions before it. */
  used(session: FetchSession, partitionsBefore: number): void {
    if (!this.#sessions.delete(session.id)) return;
    session.lastUsedMs = this.#nowMs();
    this.#sessions.set(session.id, session);
    this.#partitions += session.partitions.size - partitionsBefore;
  }

  delete(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#partitions -= session.partitions.size;
  }

  #makeRoom(partitions: number): boolean {
    const { sessionsMax } = this.#options;
    if (sessionsMax === 0 || partitions > this.#partitionsMax) return false;
    while (this.#sessions.size >= sessionsMax || this.#partitions + partitions > this.#partitionsMax) {
      const oldest = this.#sessions.values().next().value;
      if (oldest === undefined || this.#nowMs() - oldest.lastUsedMs < this.#evictionMs) return false;
      this.delete(oldest.id);
    }
    return true;
  }

  #freeId(): number {
    for (;;) {
      const id = 1 + randomBelow(this.#options.random, ID_LIMIT);
      if (!this.#sessions.has(id)) return id;
    }
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
