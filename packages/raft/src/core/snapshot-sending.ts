import type { MemberKey } from "../entry.ts";
import { memberKey, memberName } from "../member-key.ts";
import type { SnapshotResponse } from "../message.ts";
import type { SnapshotPiece } from "./effects.ts";
import type { Progress, SendSnapshot } from "./progress.ts";
import type { RaftState } from "./raft-state.ts";
import type { Leader } from "./roles.ts";

/*
 * One piece at a time: read, sent, answered with the next byte wanted. Heartbeats repeat the question, so that a piece
 * or an answer that is lost costs a heartbeat.
 */

const nothing = new Uint8Array(0);

export function beginSnapshot(state: RaftState, progress: Progress): void {
  readPiece(state, progress, progress.sendSnapshot(), 0);
}

/** Some time after it failed. */
export function retrySnapshot(state: RaftState, progress: Progress): void {
  const { mode } = progress;
  if (mode.name !== "snapshot" || mode.isReading || mode.retryAtTick === 0 || state.ticks < mode.retryAtTick)
    return;
  state.outbox.endSnapshots.push(memberKey(progress.member));
  beginSnapshot(state, progress);
}

/** False when no piece was read yet, so that there is nothing to ask about. */
export function askWhereSnapshotIs(
  state: RaftState,
  leader: Leader,
  progress: Progress,
  { id, sentThrough, isSent }: SendSnapshot,
): boolean {
  if (id === undefined) return false;
  const to = memberKey(progress.member);
  const { round } = leader;
  progress.sentRound = round;
  state.send({
    type: "snapshotChunk",
    to,
    snapshot: id,
    offset: sentThrough,
    bytes: nothing,
    // Who was killed between the last piece and its use has all of it, and would never know.
    last: isSent,
    round,
  });
  return true;
}

export function onSnapshotRead(
  state: RaftState,
  leader: Leader,
  to: MemberKey,
  piece: SnapshotPiece | undefined,
): void {
  const progress = leader.progress.get(memberName(to));
  const mode = progress?.mode;
  if (progress === undefined || mode?.name !== "snapshot" || !mode.isReading) return;
  mode.isReading = false;
  if (piece === undefined) {
    mode.retryAtTick = state.ticks + state.electionTicks;
    return;
  }
  const { snapshot, offset, bytes, last } = piece;
  const { round } = leader;
  mode.id = snapshot;
  mode.sentThrough = offset + bytes.length;
  mode.isSent = last;
  mode.sentRound = round;
  progress.sentRound = round;
  state.send({ type: "snapshotChunk", to: memberKey(to), snapshot, offset, bytes, last, round });
}

export function onSnapshotResponse(state: RaftState, leader: Leader, response: SnapshotResponse): void {
  const progress = leader.progress.get(memberName(response.from));
  if (progress === undefined) return;
  progress.heard(response.round, state.ticks);
  const { mode } = progress;
  if (mode.name !== "snapshot" || mode.id === undefined) return;
  if (mode.id.index !== response.snapshot.index || mode.id.term !== response.snapshot.term) return;
  if (response.status === "refused") mode.retryAtTick = state.ticks + state.electionTicks;
  else if (response.status === "installed") finishSnapshot(state, progress, mode.id.index);
  else continueAt(state, progress, mode, response);
}

function continueAt(
  state: RaftState,
  progress: Progress,
  mode: SendSnapshot,
  response: SnapshotResponse,
): void {
  const { offset, round } = response;
  const hasAll = offset === mode.sentThrough;
  // An answer to a later question tells that what was sent before it was lost, or came while the disk was busy.
  const isLost = !hasAll && round > mode.sentRound;
  if (mode.isReading || !(hasAll || isLost) || (hasAll && mode.isSent)) return;
  readPiece(state, progress, mode, offset);
}

function finishSnapshot(state: RaftState, progress: Progress, index: number): void {
  state.outbox.endSnapshots.push(memberKey(progress.member));
  progress.matched(index, state.ticks, state.log.last.index);
  progress.probeFrom(progress.match + 1);
}

function readPiece(state: RaftState, progress: Progress, mode: SendSnapshot, offset: number): void {
  mode.isReading = true;
  state.outbox.readSnapshots.push({ to: memberKey(progress.member), snapshot: mode.id, offset });
}
