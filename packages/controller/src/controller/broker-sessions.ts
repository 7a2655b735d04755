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
  /** How often it was heard of; 0 while it only has what a new active controller granted it. */
  signs: number;
  timer: Timer;
}

/** What is known of a broker's session, as of now. */
export interface SessionStatus {
  readonly brokerEpoch: number;
  /** The metadata offset up to which it has applied, inclusive; -1: it has not said. */
  readonly appliedOffset: number;
  /** Since its last sign of life, milliseconds; undefined: there was none yet. */
  readonly silentMs: number | undefined;
  /** Grows with each sign of life. */
  readonly signs: number;
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
  readonly #streams = new Set<{ readonly brokerId: number; readonly brokerEpoch: number }>();

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

  /** Whether the process that the session is of holds a stream open. */
  isConnected(brokerId: number): boolean {
    const brokerEpoch = this.#sessions.get(brokerId)?.brokerEpoch;
    return [...this.#streams].some((one) => one.brokerId === brokerId && one.brokerEpoch === brokerEpoch);
  }

  /** A broker's stream is open until the function is called that this returns. */
  opened(brokerId: number, brokerEpoch: number): () => void {
    const stream = { brokerId, brokerEpoch };
    this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  status(brokerId: number): SessionStatus | undefined {
    const session = this.#sessions.get(brokerId);
    if (session === undefined) return undefined;
    const { brokerEpoch, appliedOffset, heardAtMs, signs } = session;
    const silentMs = signs === 0 ? undefined : this.#clock.monotonicMs() - heardAtMs;
    return { brokerEpoch, appliedOffset, silentMs, signs };
  }

  /** A full session from now on: it registered or sent a heartbeat. */
  touch(brokerId: number, brokerEpoch: number, appliedOffset = -1): void {
    const session = this.#sessionOf(brokerId, brokerEpoch);
    session.signs++;
    session.heardAtMs = this.#clock.monotonicMs();
    session.appliedOffset = Math.max(session.appliedOffset, appliedOffset);
  }

  /** A full session for a broker that a new active controller found unfenced, and has not heard of itself. */
  grant(brokerId: number, brokerEpoch: number): void {
    this.#sessionOf(brokerId, brokerEpoch);
  }

  /** Brokers that were granted a session and gave no sign of life since. */
  get unheard(): number[] {
    return [...this.#sessions].filter(([, { signs }]) => signs === 0).map(([brokerId]) => brokerId);
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

  /** The session of this epoch; a new one ends that of an earlier incarnation. */
  #sessionOf(brokerId: number, brokerEpoch: number): Session {
    const present = this.#sessions.get(brokerId);
    if (present?.brokerEpoch === brokerEpoch) return present;
    present?.timer.cancel();
    const session: Session = {
      brokerEpoch,
      appliedOffset: -1,
      heardAtMs: this.#clock.monotonicMs(),
      signs: 0,
      timer: this.#arm(brokerId, this.#timeoutMs),
    };
    this.#sessions.set(brokerId, session);
    return session;
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
