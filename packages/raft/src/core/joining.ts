import type { Voter } from "../entry.ts";
import { memberKey, memberName, sameMember } from "../member-key.ts";
import { anyMember, type JoinRequest, type JoinResponse } from "../message.ts";
import { newProgress } from "./membership.ts";
import type { RaftState } from "./raft-state.ts";
import type { Follower, Leader } from "./roles.ts";

/** A learner that is silent for so many election timeouts is forgotten; if it is there, it asks again. */
const silentElectionsMax = 5;

/**
 * A node outside of the voter set finds a leader, and notices when it is gone. And whoever has a leader that its own log
 * does not know as a voter yet asks where that one is: until then its answers cannot find the way.
 */
export function tickJoining(state: RaftState, role: Follower): void {
  if (state.endpoint === undefined) return;
  if (!state.isVoter && role.leader !== undefined && role.ticksSilent > state.electionTicks * 2) {
    state.follow(state.term, undefined);
    return;
  }
  const asks = role.leader === undefined ? !state.isVoter : state.recordOf(role.leader) === undefined;
  if (!asks || --role.ticksToJoin > 0) return;
  role.ticksToJoin = state.electionTicks;
  askAnyoneToJoin(state);
}

/** Also of a voter whose campaigns lead nowhere: it may have been removed, and nobody told it. */
export function askAnyoneToJoin(state: RaftState): void {
  const voters = state.voters
    .filter((voter) => !sameMember(voter, state.self))
    .map(({ endpoint }) => endpoint);
  askToJoin(state, { endpoints: [...state.contacts, ...voters], to: anyMember });
}

function askToJoin(
  state: RaftState,
  { endpoints, to }: { endpoints: readonly Voter["endpoint"][]; to: Voter | typeof anyMember },
): void {
  if (state.endpoint === undefined || endpoints.length === 0) return;
  const message = {
    type: "joinRequest",
    from: state.self,
    to: memberKey(to),
    term: state.term,
    endpoint: state.endpoint,
  } as const;
  state.outbox.contacts.push({ endpoints, message });
}

export function onJoinRequest(state: RaftState, { from, endpoint }: JoinRequest): void {
  if (sameMember(from, state.self)) return;
  const member = { ...memberKey(from), endpoint };
  // It may be a candidate that this node's log does not have as a voter yet: its vote has to find the way.
  if (state.role.name === "leader") addLearner(state, state.role, member);
  else state.getToKnow(member);
  const message: JoinResponse = {
    type: "joinResponse",
    from: state.self,
    to: from,
    term: state.term,
    leader: leaderRecord(state),
  };
  state.outbox.contacts.push({ endpoints: [endpoint], message });
}

/** With its endpoint, as far as that is known here. */
export function leaderRecord(state: RaftState): Voter | undefined {
  const { leader, self, endpoint } = state;
  if (leader === undefined) return undefined;
  const record = state.recordOf(leader);
  if (record !== undefined || !sameMember(leader, self) || endpoint === undefined) return record;
  return { ...self, endpoint };
}

function addLearner(state: RaftState, { progress }: Leader, learner: Voter): void {
  const name = memberName(learner);
  const known = progress.get(name);
  if (known?.isVoter) return;
  if (known !== undefined) known.member = learner;
  else {
    const learners = [...progress.values()].filter(({ isVoter }) => !isVoter).length;
    if (learners >= state.limits.learnersMax) return;
    progress.set(name, newProgress(state, learner, false));
  }
  state.membersChanged();
}

export function onJoinResponse(state: RaftState, { from, leader }: JoinResponse): void {
  if (state.role.name === "leader" || leader === undefined || sameMember(leader, state.self)) return;
  // Its own answers have to find the way before the leader's voter set is in this log, also when entries came first.
  state.getToKnow(leader);
  if (state.leader === undefined && !sameMember(leader, from))
    askToJoin(state, { endpoints: [leader.endpoint], to: leader });
}

export function tickLearners(state: RaftState, { progress }: Leader): void {
  const silentTicksMax = state.electionTicks * silentElectionsMax;
  let isChanged = false;
  for (const [name, learner] of progress) {
    if (learner.isVoter) continue;
    if (state.ticks - (learner.contactTick ?? learner.sinceTick) <= silentTicksMax) continue;
    if (learner.mode.name === "snapshot") state.outbox.endSnapshots.push(memberKey(learner.member));
    progress.delete(name);
    isChanged = true;
  }
  if (isChanged) state.membersChanged();
}
