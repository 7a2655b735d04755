import type { MaybePromise } from "@millrace/runtime";
import type { Entry, SnapshotId } from "./entry.ts";

/** What the application puts on top of the log. Calls never overlap; a promise holds back the next one. */
export interface RaftStateMachine {
  /**
   * Committed entries, each exactly once and in order, on every node: `noop` and `voters` entries too, so that a
   * machine knows how far it is. A throw ends the node.
   */
  apply(entries: readonly Entry[]): MaybePromise<void>;
  /**
   * The state after the last entry applied, as chunks (about 64 KiB each serve best). Called between two applies, and
   * read while later entries are applied: it must hand out an immutable view.
   */
  snapshot(): AsyncIterable<Uint8Array>;
  /** Replaces the whole state: at start, or when this node is too far behind. */
  restore(snapshot: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}
