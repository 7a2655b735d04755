import type { SnapshotId } from "../entry.ts";
import type { SnapshotChunk, SnapshotResponse } from "../message.ts";
import type { Input } from "./effects.ts";
import type { RaftState } from "./raft-state.ts";

/** Of the leader of this term. */
export function onSnapshotChunk(state: RaftState, chunk: SnapshotChunk): void {
  const { snapshot } = chunk;
  if (state.isInstalling) {
    respond(state, chunk, "receiving", chunk.offset + chunk.bytes.length);
    return;
  }
  if (isNeeded(state, snapshot)) state.outbox.snapshotChunks.push(chunk);
  else respond(state, chunk, "installed", chunk.offset);
}

export function onSnapshotReceived(
  state: RaftState,
  input: Extract<Input, { type: "snapshotReceived" }>,
): void {
  const { chunk, status, offset } = input;
  const isOfLeader = state.role.name === "follower" && chunk.term === state.term;
  if (!isOfLeader || state.isInstalling) return;
  // The log may have come that far by entries, while the last piece was written.
  if (status === "whole" && isNeeded(state, chunk.snapshot)) {
    state.isInstalling = true;
    state.outbox.installSnapshot = chunk.snapshot;
  }
  respond(state, chunk, status === "refused" ? "refused" : "receiving", offset);
}

export function onSnapshotInstalled(state: RaftState, snapshot: SnapshotId, installed: boolean): void {
  state.isInstalling = false;
  if (!installed) return;
  state.log.install(snapshot);
  state.restoreAt(snapshot.index);
  state.outbox.restore = snapshot;
  state.votersChanged();
  // The leader's next question is answered with `installed`.
}

/**
 * Section 7: a log that has the snapshot's last entry has all of it, and keeps what is behind it; what a snapshot stands
 * for is committed.
 */
function isNeeded(state: RaftState, snapshot: SnapshotId): boolean {
  if (state.log.termAt(snapshot.index) === snapshot.term) state.commitTo(snapshot.index);
  return state.rules.snapshotSupersedes(snapshot, state.commitIndex);
}

function respond(
  state: RaftState,
  { from, snapshot, round }: SnapshotChunk,
  status: SnapshotResponse["status"],
  offset: number,
): void {
  const { index, term } = snapshot;
  state.sendAfterWrites({
    type: "snapshotResponse",
    to: from,
    snapshot: { index, term },
    status,
    offset,
    round,
  });
}
