import { type Clock, sleep } from "@millrace/runtime";
import type { ControllerReach } from "./controller-reach.ts";
import { type ContactsOptions, throwRefusal } from "./throw-refusal.ts";

/** How often the contacts are asked while none answers; milliseconds. */
const POLL_MS = 100;

export interface UntilWelcomeOptions extends ContactsOptions {
  /** Of the calls that `connect`'s channels make. */
  readonly reach: ControllerReach;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Resolves when a controller has answered a node of no cluster yet, and none has refused it. A data directory is formatted
 * only then: a mistyped cluster id would stay in it.
 */
export async function untilWelcome(options: UntilWelcomeOptions): Promise<void> {
  const { reach, clock, signal } = options;
  for (;;) {
    signal.throwIfAborted();
    await throwRefusal(options);
    if (reach.hasAnswered) return;
    await sleep(clock, POLL_MS, signal);
  }
}
