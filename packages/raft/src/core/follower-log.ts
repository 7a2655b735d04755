import { assert } from "@millrace/runtime";
import type { Entry, LogIndex } from "../entry.ts";
import type { AppendRequest } from "../message.ts";
import type { RaftState } from "./raft-state.ts";

/** Of the leader of this term (Raft paper, figure 2). */
export function onAppendRequest(state: RaftState, request: AppendRequest): void {
  // The log is about to follow a snapshot, and what it has now may go. The leader asks again.
  if (state.isInstalling) return;
  const known = withoutCommitted(state, request);
  if (known === undefined) {
    accept(state, request, state.commitIndex);
    return;
  }
  const { previous, entries } = known;
  if (!state.rules.matchesPrevious(state.log.termAt(previous.index), previous.term)) {
    refuse(state, request);
    return;
  }
  const through = previous.index + entries.length;
  const isNews = takeEntries(state, entries);
  state.commitTo(state.rules.followerCommit(request.commitIndex, through));
  if (isNews) acknowledge(state, request, through);
  else accept(state, request, through);
}

/** What is committed is equal on both sides: undefined when the request has nothing behind it. */
function withoutCommitted(
  state: RaftState,
  { previous, entries }: AppendRequest,
): Pick<AppendRequest, "previous" | "entries"> | undefined {
  const { commitIndex, log } = state;
  const behind = commitIndex - previous.index;
  if (behind <= 0) return { previous, entries };
  const last = entries[behind - 1];
  if (last === undefined) return undefined;
  const term = log.termAt(commitIndex);
  assert(term !== undefined, "term of a committed entry is not known");
  return { previous: { index: commitIndex, term }, entries: entries.slice(behind) };
}

/** True when the log changed. */
function takeEntries(state: RaftState, entries: readonly Entry[]): boolean {
  const { log, rules, outbox } = state;
  let isNews = false;
  for (const entry of entries) {
    const ownTerm = log.termAt(entry.index);
    if (ownTerm !== undefined) {
      if (!rules.conflicts(ownTerm, entry.term)) continue;
      assert(entry.index > state.commitIndex, "a leader lacks what was committed");
      outbox.truncate(entry.index);
      if (log.truncate(entry.index)) state.votersChanged();
    }
    log.append(entry);
    outbox.write(entry);
    if (entry.kind === "voters") state.votersChanged();
    isNews = true;
  }
  return isNews;
}

/** Nothing new to write: answers at once, with what is on the disk; the rest is answered when it is. */
function accept(state: RaftState, request: AppendRequest, through: LogIndex): void {
  const lastIndex = Math.min(through, state.log.stableIndex);
  const response = { type: "appendResponse", to: request.from, round: request.round } as const;
  const answer = { ...response, accepted: true, lastIndex, hint: undefined };
  // The term is what an answer of this round promises, so that has to be there.
  if (state.hasStoredVote) state.send(answer);
  else state.sendAfterWrites({ ...answer, lastIndex: through });
}

function acknowledge(state: RaftState, { from, round }: AppendRequest, lastIndex: LogIndex): void {
  const response = {
    type: "appendResponse",
    to: from,
    round,
    accepted: true,
    lastIndex,
    hint: undefined,
  } as const;
  if (state.rules.acknowledgesAfterWrite()) state.sendAfterWrites(response);
  else state.send(response);
}

/** Tells where to look next: this log's last entry there of a term that the leader may have too. */
function refuse(state: RaftState, { from, round, previous }: AppendRequest): void {
  const hint = state.log.lastAtMost(previous.index, previous.term);
  state.sendAfterWrites({
    type: "appendResponse",
    to: from,
    round,
    accepted: false,
    lastIndex: previous.index,
    hint,
  });
}
