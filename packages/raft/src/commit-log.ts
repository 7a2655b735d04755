import type { RaftNode } from "./node/raft-node.ts";
import type { RaftNodeOptions } from "./node/raft-node-options.ts";

/**
 * Raft as a commit log: what `@millrace/replicated-state` calls `CommitLog`, met by shape. One batch is one entry, so
 * that a decision's records stay together; its offset is the entry's index and its epoch the term.
 */
export declare class RaftCommitLog {
  constructor(options: Omit<RaftNodeOptions, "stateMachine">);
  /** Once opened. */
  get node(): RaftNode;
}
