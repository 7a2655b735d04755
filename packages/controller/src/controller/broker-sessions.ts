import type { Clock, Timer } from "@millrace/runtime";

export interface SessionTiming {
  /** How long a broker may be silent. */
  readonly sessionTimeoutMs: number;
  /** How often brokers are told to send a heartbeat. */
  readonly heartbeatIntervalMs: number;
}

export const defaultSessionTiming: SessionTiming = { sessionTimeoutMs: 3_000, heartbeatIntervalMs: 500 };

interface Session {
  readonly brokerEpoch: number;
  appliedOffset: number;
  heardAtMs: number;
  timer: Timer;
}

/**
 * When each broker was last heard of, as the active controller knows it; nothing of it is replicated. On the liveness
 * clock. A session that ends is told once.
 */
export class BrokerSessions {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onExpired: (brokerId: number, brokerEpoch: number) => void;
  readonly #sessions = new Map<number, Session>();

  constructor(clock: Clock, timeoutMs: number, onExpired: (brokerId: number, brokerEpoch: number) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onExpired = onExpired;
  }

  get count(): number {
    return this.#sessions.size;
  }

  isLive(brokerId: number): boolean {
    return this.#sessions.has(brokerId);
  }

  /** A full session from now on: it registered, sent a heartbeat, or was found unfenced by a new active controller. */
  touch(brokerId: number, brokerEpoch: number, appliedOffset = -1): void {
    const session = this.#sessions.get(brokerId);
    if (session !== undefined && session.brokerEpoch === brokerEpoch) {
      session.heardAtMs = this.#clock.monotonicMs();
      session.appliedOffset = Math.max(session.appliedOffset, appliedOffset);
      return;
    }
    session?.timer.cancel();
    const heardAtMs = this.#clock.monotonicMs();
    this.#sessions.set(brokerId, {
      brokerEpoch,
      appliedOffset,
      heardAtMs,
      timer: this.#arm(brokerId, this.#timeoutMs),
    });
  }

  end(brokerId: number): void {
    this.#sessions.get(brokerId)?.timer.cancel();
    this.#sessions.delete(brokerId);
  }

  clear(): void {
    for (const { timer } of this.#sessions.values()) timer.cancel();
    this.#sessions.clear();
  }

  /** Whether every broker with a session, but for this one, has applied the metadata up to `offset`. */
  othersApplied(brokerId: number, offset: number): boolean {
    return [...this.#sessions].every(([id, session]) => id === brokerId || session.appliedOffset >= offset);
  }

  /** One timer a session, armed anew only when it fires: a heartbeat costs no timer. */
  #arm(brokerId: number, delayMs: number): Timer {
    const dueMs = this.#clock.monotonicMs() + delayMs;
    return this.#clock.setTimer(delayMs, () => this.#fired(brokerId, dueMs));
  }

  #fired(brokerId: number, dueMs: number): void {
    const session = this.#sessions.get(brokerId);
    if (session === undefined) return;
    const now = this.#clock.monotonicMs();
    // Late by much means that this process stood still: heartbeats may wait unread, so nobody is to blame yet.
    const stalled = now - dueMs > this.#timeoutMs / 6;
    const leftMs = stalled ? this.#timeoutMs : session.heardAtMs + this.#timeoutMs - now;
    if (leftMs > 0) {
      if (stalled) session.heardAtMs = now;
      session.timer = this.#arm(brokerId, leftMs);
      return;
    }
    this.#sessions.delete(brokerId);
    this.#onExpired(brokerId, session.brokerEpoch);
  }
}
