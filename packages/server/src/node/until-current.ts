import { type RaftCommitLog, RaftError } from "@millrace/raft";
import { type Clock, sleep } from "@millrace/runtime";
import { type ContactsOptions, throwRefusal } from "./throw-refusal.ts";

/** How often a controller that knows of no leader looks again, and asks whether it is wanted; milliseconds. */
const LEADER_POLL_MS = 20;
const REFUSAL_POLL_MS = 1_000;

export interface UntilCurrentOptions extends ContactsOptions {
  readonly log: RaftCommitLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Resolves when everything that the quorum had committed, after it had a leader, is applied here. Rejects when one of the
 * contacts belongs to another cluster: raft only drops what does not concern it, and this node would wait for ever.
 */
export async function untilCurrent(options: UntilCurrentOptions): Promise<void> {
  const { log, clock, signal } = options;
  let refusalDueMs = clock.monotonicMs() + REFUSAL_POLL_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      await log.node.readIndex();
      return;
    } catch (error) {
      if (!(error instanceof RaftError) || error.code !== "NOT_LEADER") throw error;
    }
    if (clock.monotonicMs() >= refusalDueMs) {
      await throwRefusal(options);
      refusalDueMs = clock.monotonicMs() + REFUSAL_POLL_MS;
    }
    await sleep(clock, LEADER_POLL_MS);
  }
}
