import { assert } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, MemberKey } from "../entry.ts";
import { memberKey, memberName } from "../member-key.ts";
import type { AppendResponse } from "../message.ts";
import type { Progress } from "./progress.ts";
import { quorumIndex } from "./quorum.ts";
import type { RaftState } from "./raft-state.ts";
import type { Leader } from "./roles.ts";
import { askWhereSnapshotIs, beginSnapshot, retrySnapshot } from "./snapshot-sending.ts";

const none: readonly Entry[] = [];
const logStart: EntryId = { index: 0, term: 0 };

/** Sends each follower what it lacks, as far as its window is open, and a heartbeat where the round asks for one. */
export function replicate(state: RaftState, leader: Leader): void {
  for (const progress of leader.progress.values()) {
    while (progress.isOpen && progress.next <= state.log.last.index) sendEntries(state, leader, progress);
    if (progress.mode.name === "snapshot") retrySnapshot(state, progress);
    if (progress.sentRound < leader.round) sendHeartbeat(state, leader, progress);
    else if (lacksCommit(state, progress)) send(state, leader, progress, none);
  }
}

/** What follows `next`, from memory or else, later, from the disk. */
function sendEntries(state: RaftState, leader: Leader, progress: Progress): void {
  const { log, limits, outbox } = state;
  const { next } = progress;
  if (!log.canSendFrom(next)) {
    beginSnapshot(state, progress);
    return;
  }
  const through = log.last.index;
  const entries = log.recent(next, through, limits.appendBytesMax);
  if (entries !== undefined) {
    send(state, leader, progress, entries);
    return;
  }
  progress.isReading = true;
  const to = memberKey(progress.member);
  outbox.readEntries.push({ to, from: next, through, bytesMax: limits.appendBytesMax });
}

export function onEntriesRead(
  state: RaftState,
  leader: Leader,
  to: MemberKey,
  entries: readonly Entry[],
): void {
  const progress = leader.progress.get(memberName(to));
  if (progress === undefined || !progress.isReading) return;
  progress.isReading = false;
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) {
    beginSnapshot(state, progress);
    return;
  }
  // The read may have begun for another place, or in another term of this leader's; it is asked for again then.
  const isWanted = first.index === progress.next && state.log.termAt(last.index) === last.term;
  if (progress.isOpen && isWanted && state.log.canSendFrom(first.index))
    send(state, leader, progress, entries);
}

/** Also tells a follower that lost something: it refuses what does not follow its log. */
function sendHeartbeat(state: RaftState, leader: Leader, progress: Progress): void {
  if (progress.mode.name !== "snapshot" && !state.log.canSendFrom(progress.next))
    beginSnapshot(state, progress);
  if (progress.mode.name !== "snapshot") send(state, leader, progress, none);
  else if (!askWhereSnapshotIs(state, leader, progress, progress.mode))
    sendEmptyAt(state, leader, progress, logStart);
}

/**
 * Commits travel with entries; a follower that waits for none still is to apply soon. Unless the log was compacted beyond
 * it, while entries for it were read: then it gets a snapshot next.
 */
function lacksCommit(state: RaftState, { mode, inFlight, sentCommit, match, next }: Progress): boolean {
  if (mode.name !== "replicate" || inFlight.count > 0) return false;
  return sentCommit < Math.min(state.commitIndex, match) && state.log.termAt(next - 1) !== undefined;
}

function send(state: RaftState, leader: Leader, progress: Progress, entries: readonly Entry[]): void {
  const { mode, next } = progress;
  const previousTerm = state.log.termAt(next - 1);
  assert(previousTerm !== undefined, "sends entries that follow nothing");
  sendEmptyAt(state, leader, progress, { index: next - 1, term: previousTerm }, entries);
  if (entries.length === 0) return;
  if (mode.name === "probe") {
    mode.isAsked = true;
    return;
  }
  progress.next = next + entries.length;
  progress.inFlight.add(
    progress.next - 1,
    entries.reduce((sum, { payload }) => sum + payload.length, 0),
  );
}

function sendEmptyAt(
  state: RaftState,
  leader: Leader,
  progress: Progress,
  previous: EntryId,
  entries: readonly Entry[] = none,
): void {
  const { commitIndex } = state;
  const { round } = leader;
  progress.sentRound = round;
  progress.sentCommit = Math.min(commitIndex, previous.index + entries.length);
  state.send({
    type: "appendRequest",
    to: memberKey(progress.member),
    previous,
    entries,
    commitIndex,
    round,
  });
}

export function onAppendResponse(state: RaftState, leader: Leader, response: AppendResponse): void {
  const progress = leader.progress.get(memberName(response.from));
  if (progress === undefined) return;
  progress.heard(response.round, state.ticks);
  if (response.accepted) onAccepted(state, progress, response.lastIndex);
  else if (response.hint !== undefined) onRefused(state, progress, response.lastIndex, response.hint);
}

function onAccepted(state: RaftState, progress: Progress, lastIndex: LogIndex): void {
  assert(lastIndex <= state.log.last.index, "a follower has more of this log than its leader");
  progress.matched(lastIndex, state.ticks, state.log.last.index);
  if (progress.mode.name === "probe") progress.replicate();
  // It may have caught up by another way than the snapshot that it was to get.
  if (progress.mode.name === "snapshot" && state.log.canSendFrom(progress.match + 1)) {
    state.outbox.endSnapshots.push(memberKey(progress.member));
    progress.probeFrom(progress.match + 1);
  }
}

/** `refused`: the index behind which the follower was to append. */
function onRefused(state: RaftState, progress: Progress, refused: LogIndex, hint: EntryId): void {
  const { mode, match, next } = progress;
  // Answers may come late and in any order: only the one to the question that is open moves a probe.
  const isStale = mode.name === "probe" ? refused !== next - 1 : refused <= match;
  if (mode.name === "snapshot" || isStale) return;
  const agreed = state.log.lastAtMost(hint.index, hint.term).index;
  const from = Math.max(match, Math.min(refused - 1, agreed)) + 1;
  // It lost what it had acknowledged. Nothing can be sent that it would take: heartbeats are enough to tell.
  if (mode.name === "probe" && from === next) return;
  progress.probeFrom(from);
}

/** Raft paper, 5.3 and 5.4.2. */
export function advanceCommit(state: RaftState, leader: Leader): void {
  const { log, rules, voters } = state;
  const own = rules.countsOwnAfterWrite() ? log.stableIndex : log.last.index;
  if (state.isAlone && own <= state.commitIndex) return;
  const matches: LogIndex[] = [];
  if (state.isVoter) matches.push(own);
  for (const { isVoter, match } of leader.progress.values()) if (isVoter) matches.push(match);
  assert(matches.length === voters.length, "a voter without progress");
  const index = quorumIndex(matches, rules.isMajority);
  if (index > state.commitIndex && rules.mayCommit(log.termAt(index) ?? 0, state.term)) state.commitTo(index);
}

export function tickReplication(state: RaftState, leader: Leader): void {
  if (--leader.ticksToHeartbeat > 0) return;
  leader.ticksToHeartbeat = state.heartbeatTicks;
  leader.round++;
  for (const { mode } of leader.progress.values()) if (mode.name === "probe") mode.isAsked = false;
}
