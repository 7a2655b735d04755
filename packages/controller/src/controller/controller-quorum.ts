import type { MemberKey, RaftStatus, Voter } from "@millrace/raft";

/**
 * The quorum that a controller's log lives on, as far as the controller asks about it and changes it. Changes are the
 * leader's to make, reject with a `RaftError` elsewhere, and resolve when they are committed.
 */
export interface ControllerQuorum {
  readonly status: RaftStatus;
  /** Hears when this node's role, the term or the leader changed. Returns the function that takes it off again. */
  onChange(listener: () => void): () => void;
  /** Resolves when this node still leads, in the same term all along; rejects with a `RaftError` otherwise. */
  confirmLeads(): Promise<void>;
  /** A learner that has caught up becomes a voter. */
  addVoter(voter: Voter): Promise<void>;
  /** Another address of the same voter. */
  updateVoter(voter: Voter): Promise<void>;
  removeVoter(key: MemberKey): Promise<void>;
  /** Resolves when `to` leads. */
  transferLeadership(to: MemberKey): Promise<void>;
}
