import type { LogIndex } from "../entry.ts";
import type { Proposed, ProposeExpectation, RaftNodeOptions, RaftStatus } from "./raft-node-options.ts";

export declare class RaftNode {
  /** Restores the snapshot into the state machine and joins the quorum; what is committed above it is applied later. */
  static open(options: RaftNodeOptions): Promise<RaftNode>;
  get status(): RaftStatus;
  /** Takes the entries at once and synchronously, or throws a `RaftError`; `propose` without waiting. */
  append(payloads: readonly Uint8Array[], expected?: ProposeExpectation): Proposed;
  /** Resolves when all of the entries, one a payload, are committed and applied here. */
  propose(payloads: readonly Uint8Array[]): Promise<Proposed>;
  /** An index that holds everything committed before the call; resolves when it is applied here. */
  readIndex(): Promise<LogIndex>;
  onRoleChange(listener: (status: RaftStatus) => void): () => void;
  /** Writes what is pending, applies nothing more, closes storage and transport. */
  stop(): Promise<void>;
}
