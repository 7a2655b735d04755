import type { LogIndex, MemberKey, Voter } from "../entry.ts";
import { memberKey, memberName, sameMember } from "../member-key.ts";
import type { RaftErrorCode } from "../raft-error.ts";
import { encodeVoters, isVoter } from "../voters.ts";
import { Progress } from "./progress.ts";
import type { RaftState } from "./raft-state.ts";
import type { Leader } from "./roles.ts";
import { mostCaughtUp } from "./transfer.ts";

/**
 * One voter at a time, so that any majority of the set before and any of the set after share a member
 * (docs/decisions/one-voter-at-a-time.md). `remove` takes the key alone; `update` changes the endpoint.
 */
export type VoterChange =
  | { readonly type: "add"; readonly voter: Voter }
  | { readonly type: "update"; readonly voter: Voter }
  | { readonly type: "remove"; readonly member: MemberKey };

export type ChangeRefusal = Extract<
  RaftErrorCode,
  | "NOT_LEADER"
  | "BAD_VOTERS"
  | "CHANGE_IN_PROGRESS"
  | "NOT_CAUGHT_UP"
  | "DUPLICATE_VOTER"
  | "UNKNOWN_VOTER"
  | "LAST_VOTER"
>;

/** The index of the entry that holds the new set, which is in force at once; or why there is none. */
export function changeVoters(state: RaftState, change: VoterChange): LogIndex | ChangeRefusal {
  const { role, rules, commitIndex, log } = state;
  if (role.name !== "leader") return "NOT_LEADER";
  if (change.type !== "remove" && !isVoter(change.voter)) return "BAD_VOTERS";
  const votersIndex = log.voterSet?.index ?? 0;
  const mayChange = rules.mayChangeVoters({ commitIndex, noopIndex: role.noopIndex, votersIndex });
  if (!mayChange || role.transfer !== undefined) return "CHANGE_IN_PROGRESS";
  const voters = changed(state, role, change);
  if (typeof voters === "string") return voters;
  state.append("voters", encodeVoters(voters));
  followVoterSet(state, role);
  return log.last.index;
}

function changed(state: RaftState, leader: Leader, change: VoterChange): readonly Voter[] | ChangeRefusal {
  const { voters } = state;
  if (change.type === "add") {
    if (voters.some(({ id }) => id === change.voter.id)) return "DUPLICATE_VOTER";
    return isCaughtUp(state, leader, change.voter) ? [...voters, change.voter] : "NOT_CAUGHT_UP";
  }
  const member = change.type === "update" ? change.voter : change.member;
  const others = voters.filter((voter) => !sameMember(voter, member));
  if (others.length === voters.length) return "UNKNOWN_VOTER";
  if (change.type === "update") return [...others, change.voter];
  return others.length === 0 ? "LAST_VOTER" : others;
}

/** An entry may need the new voter to be committed, and should not have to wait for all that it lacks. */
function isCaughtUp(state: RaftState, leader: Leader, voter: Voter): boolean {
  const progress = leader.progress.get(memberName(voter));
  if (progress?.contactTick === undefined) return false;
  const isNear = state.log.last.index - progress.match <= state.limits.caughtUpEntriesMax;
  return isNear && state.ticks - progress.contactTick <= state.electionTicks;
}

/** Replicates to every voter; one that was removed goes on as a learner, and so hears that it was. */
export function followVoterSet(state: RaftState, leader: Leader): void {
  const { progress } = leader;
  for (const member of progress.values()) member.isVoter = false;
  for (const voter of state.voters) {
    if (sameMember(voter, state.self)) continue;
    const known = progress.get(memberName(voter));
    if (known === undefined) progress.set(memberName(voter), newProgress(state, voter, true));
    else {
      known.isVoter = true;
      known.member = voter;
    }
  }
  state.membersChanged();
}

export function newProgress(state: RaftState, member: Voter, isVoter: boolean): Progress {
  const { log, ticks, limits } = state;
  return new Progress(member, isVoter, { next: log.last.index + 1, tick: ticks, limits });
}

/** A leader that was removed leads until that is committed (thesis, 4.2.2), and tells the next one to take over. */
export function resignIfRemoved(state: RaftState, leader: Leader): void {
  if (state.isVoter || state.commitIndex < (state.log.voterSet?.index ?? 0)) return;
  const successor = mostCaughtUp(leader);
  if (successor !== undefined) state.send({ type: "timeoutNow", to: memberKey(successor.member) });
  state.follow(state.term, undefined);
}
