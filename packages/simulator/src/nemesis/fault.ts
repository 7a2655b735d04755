import type { SeededRandom } from "@millrace/runtime";
import type { Quorum } from "../raft/quorum.ts";

/** Where a fault strikes, and what it may draw from. */
export interface Strike {
  readonly quorum: Quorum;
  readonly random: SeededRandom;
  /** Undoes something when it is over: after a time that the fault draws, or when the quorum is healed. */
  readonly until: (ms: number, undo: () => void) => void;
}

export type Fault = (strike: Strike) => void;
