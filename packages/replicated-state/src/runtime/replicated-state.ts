import type { Decide } from "./decision.ts";
import type { CommitListener, ReplicatedStateOptions, StateRole } from "./replicated-state-options.ts";
import type { Image } from "./state-definition.ts";

export declare class ReplicatedState<State, Draft, LogRecord> {
  /** Opens the log and loads its snapshot; resolves as a follower, which may come to lead at any time. */
  static open<State, Draft, LogRecord>(
    options: ReplicatedStateOptions<State, Draft, LogRecord>,
  ): Promise<ReplicatedState<State, Draft, LogRecord>>;
  get role(): StateRole;
  /** The committed state. */
  get image(): Image<State>;
  /** Decides in turn; resolves once the records, and all that the decision read, are committed. Rejects with an `ApiError`. */
  write<Response>(decide: Decide<State, LogRecord, Response>): Promise<Response>;
  /** Resolves when this node leads (at once when it does); rejects when it is closed or fails. */
  untilLeading(): Promise<void>;
  /** Returns the function that takes it off again. */
  onCommit(listener: CommitListener<State, LogRecord>): () => void;
  onRoleChange(listener: (role: StateRole, epoch: number) => void): () => void;
  close(): Promise<void>;
}
