import { RaftError, type RaftErrorCode } from "@millrace/raft";
import { ApiError, type ErrorName, sleep } from "@millrace/runtime";
import type { Controller } from "./controller.ts";

/** How often a change is tried, and for how long: then its caller is told what it waits for. Milliseconds. */
const RETRY_INTERVAL_MS = 50;
const WAIT_MAX_MS = 10_000;
/** What passes by itself. */
const passing: ReadonlySet<RaftErrorCode> = new Set(["CHANGE_IN_PROGRESS", "NOT_CAUGHT_UP"]);

/** As Kafka answers: what may work later is a timeout there. */
const answers: Partial<Readonly<Record<RaftErrorCode, ErrorName>>> = {
  CHANGE_IN_PROGRESS: "REQUEST_TIMED_OUT",
  NOT_CAUGHT_UP: "REQUEST_TIMED_OUT",
  TRANSFER_FAILED: "REQUEST_TIMED_OUT",
  PENDING_FULL: "THROTTLING_QUOTA_EXCEEDED",
  DUPLICATE_VOTER: "DUPLICATE_VOTER",
  UNKNOWN_VOTER: "VOTER_NOT_FOUND",
  LAST_VOTER: "INVALID_REQUEST",
};

/**
 * Makes a change of the quorum, trying again for a while when an earlier change is under way or a new voter still
 * catches up. Refuses as Kafka does.
 */
export async function changeQuorum(
  controller: Controller,
  signal: AbortSignal,
  change: () => Promise<void>,
): Promise<void> {
  const { clock } = controller;
  const deadlineMs = clock.monotonicMs() + WAIT_MAX_MS;
  for (;;) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      const mayPass = passing.has(error.code) && !signal.aborted && clock.monotonicMs() < deadlineMs;
      if (!mayPass) throw refusal(error, controller);
    }
    await sleep(clock, RETRY_INTERVAL_MS, signal);
  }
}

function refusal(error: RaftError, { activeController }: Controller): ApiError {
  const id = answers[error.code];
  if (id !== undefined) return new ApiError(id, { detail: error.message, cause: error });
  return new ApiError("NOT_CONTROLLER", { servedBy: activeController, cause: error });
}
