import type { BrokerSessions } from "./broker-sessions.ts";

/** Dials under way at a time when many brokers are suspected at once. */
const DIALS_MAX = 16;

export interface SuspectedBrokersOptions {
  readonly sessions: BrokerSessions;
  /** Whether nothing listens any more on the gRPC port that the broker registered. Never rejects. */
  readonly isGone: (brokerId: number) => Promise<boolean>;
  /** Its process is gone; its session is over. */
  readonly onGone: (brokerId: number, brokerEpoch: number) => void;
}

/**
 * Brokers whose session stream broke, or that did not open one with a new active controller. Each is dialled, and only
 * a refused connection ends its session: whatever else is wrong (a network that is cut, a process that stands still)
 * may pass before the session's timeout.
 */
export class SuspectedBrokers {
  readonly #options: SuspectedBrokersOptions;
  readonly #dialled = new Set<number>();

  constructor(options: SuspectedBrokersOptions) {
    this.#options = options;
  }

  /** Dials a broker that has a session, unless that is being done. Resolves when it is known. */
  async suspect(brokerId: number): Promise<void> {
    const { sessions, isGone, onGone } = this.#options;
    const before = sessions.status(brokerId);
    if (before === undefined || this.#dialled.has(brokerId)) return;
    this.#dialled.add(brokerId);
    const gone = await isGone(brokerId);
    this.#dialled.delete(brokerId);
    const after = sessions.status(brokerId);
    const isSilent = after?.brokerEpoch === before.brokerEpoch && after.signs === before.signs;
    if (!gone || !isSilent) return;
    sessions.end(brokerId);
    onGone(brokerId, before.brokerEpoch);
  }

  /** Dials many, a bounded number at a time. */
  async suspectAll(brokerIds: readonly number[]): Promise<void> {
    const left = brokerIds.values();
    const dialInTurn = async (): Promise<void> => {
      for (const brokerId of left) await this.suspect(brokerId);
    };
    await Promise.all(Array.from({ length: DIALS_MAX }, dialInTurn));
  }
}
