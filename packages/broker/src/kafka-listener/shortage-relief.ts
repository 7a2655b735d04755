import type { ByteBudget } from "@millrace/runtime";
import type { ConnectionSettings } from "./connection-settings.ts";

/** Others go short while less than this part of the byte budget is free. */
const SHORTAGE_FRACTION = 1 / 8;
/** What is free again before the next client is left alone. */
const RELIEF_FRACTION = 1 / 4;

export interface UnreadClient {
  /** Bytes that the client keeps from others by not reading: nothing has left for a while. 0 when it reads. */
  stalledBytes(nowMs: number): number;
  close(reason: string): void;
}

/** Memory that clients hold by not reading goes to the others once these have waited for some; the most first. */
export class ShortageRelief {
  readonly #budget: ByteBudget;
  readonly #settings: ConnectionSettings;
  #shortSinceMs: number | undefined;

  constructor(budget: ByteBudget, settings: ConnectionSettings) {
    this.#budget = budget;
    this.#settings = settings;
  }

  /** To be called now and then. */
  sweep(clients: Iterable<UnreadClient>, nowMs: number): void {
    if (this.#freePart() >= SHORTAGE_FRACTION) {
      this.#shortSinceMs = undefined;
      return;
    }
    this.#shortSinceMs ??= nowMs;
    if (nowMs - this.#shortSinceMs < this.#settings.shortageProgressMs) return;
    const worst = Array.from(clients, (client) => ({ client, bytes: client.stalledBytes(nowMs) }));
    worst.sort((one, other) => other.bytes - one.bytes);
    for (const { client, bytes } of worst) {
      if (bytes === 0 || this.#freePart() >= RELIEF_FRACTION) return;
      client.close("the client does not read its responses, and others need the memory");
    }
  }

  #freePart(): number {
    return 1 - this.#budget.usedBytes / this.#budget.limitBytes;
  }
}
