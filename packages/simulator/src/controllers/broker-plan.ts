import type { SeededRandom } from "@millrace/runtime";
import { pick } from "../raft/quorum-plan.ts";

/** What a seed decides of the brokers, and of what controllers do for them. */
export interface BrokerPlan {
  readonly brokers: number;
  /** So many of them are gone for good when faults end, one way or another; at least one is not. */
  readonly lost: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Commits that a controller keeps for feeds: who is further behind gets a snapshot. */
  readonly feedItemsMax: number;
}

export function drawBrokerPlan(random: SeededRandom): BrokerPlan {
  const brokers = pick(random, [1, 2, 3, 3, 4]);
  const sessionTimeoutMs = pick(random, [600, 1_500, 3_000]);
  return {
    brokers,
    lost: Math.min(brokers - 1, pick(random, [0, 1, 1, 2])),
    sessionTimeoutMs,
    heartbeatIntervalMs: sessionTimeoutMs / 6,
    feedItemsMax: pick(random, [2, 10, 10_000]),
  };
}
