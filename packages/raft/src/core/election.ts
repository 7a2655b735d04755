import { assert, randomBelow } from "@millrace/runtime";
import type { HardState, MemberKey, Term } from "../entry.ts";
import { memberKey, memberName, sameMember } from "../member-key.ts";
import type { TimeoutNow, VoteRequest, VoteResponse } from "../message.ts";
import { encodeVoters } from "../voters.ts";
import { askAnyoneToJoin } from "./joining.ts";
import { followVoterSet } from "./membership.ts";
import { earlyCampaignMs } from "./raft-core-options.ts";
import type { RaftState } from "./raft-state.ts";
import type { Candidate, Leader } from "./roles.ts";

const empty = new Uint8Array(0);

/** A leader's log is not to be dropped for a snapshot, and who is not in the voter set has nobody to lead. */
function mayCampaign(state: RaftState): boolean {
  return (state.isVoter || state.isLeaving) && !state.isInstalling;
}

/** Of everyone but a leader. */
export function tickElection(state: RaftState): void {
  const { role } = state;
  if (role.name === "leader" || !mayCampaign(state)) return;
  // A candidate whose own vote is still on its way to a slow disk has nothing to gain from a later term.
  if (role.name === "candidate" && !role.votes.has(memberName(state.self))) return;
  role.ticksToElection -= 1;
  if (role.ticksToElection <= 0) tryToLead(state);
}

/** Campaigns, after asking whether that would succeed. */
export function tryToLead(state: RaftState): void {
  if (!mayCampaign(state)) return;
  if (state.isAlone || !state.rules.asksBeforeCampaign(false)) {
    campaign(state, false);
    return;
  }
  if (state.role.name === "preCandidate") askAnyoneToJoin(state);
  const votes = new Set([memberName(state.self)]);
  state.become({ name: "preCandidate", votes, ticksToElection: state.electionTimeout() });
  for (const to of otherVoters(state)) {
    const last = state.log.last;
    state.send({ type: "preVoteRequest", to, term: state.term + 1, last, transfer: false });
  }
}

/** Raft paper, 5.2. Nobody hears of it before term and vote are on the disk. */
function campaign(state: RaftState, transfer: boolean): void {
  state.voteFor(state.self, state.term + 1);
  state.become({ name: "candidate", votes: new Set(), ticksToElection: state.electionTimeout() });
  const after = state.rules.votesAfterWrite();
  for (const to of otherVoters(state)) {
    const request = { type: "voteRequest", to, last: state.log.last, transfer } as const;
    if (after) state.sendAfterWrites(request);
    else state.send(request);
  }
  if (!after) countOwnVote(state);
}

/** A hard state is on the disk: perhaps with this node's vote for itself. */
export function onStoredVote(state: RaftState, { term, votedFor }: HardState): void {
  if (state.role.name !== "candidate" || term !== state.term) return;
  assert(votedFor === state.self.id, "a candidate voted for someone else");
  countOwnVote(state);
}

function countOwnVote(state: RaftState): void {
  if (state.role.name === "candidate") countVote(state, state.role, state.self);
}

export function onVoteRequest(state: RaftState, request: VoteRequest): void {
  const { from, term, last, transfer } = request;
  const { rules } = state;
  const isPreVote = request.type === "preVoteRequest";
  // No answer: who hears from a leader is no part of this.
  if (!rules.mayHelpElect(state.hearsFromLeader, transfer)) return;
  if (!isPreVote && term > state.term) state.follow(term, undefined);
  const isFree = isPreVote && term > state.term ? true : rules.mayVote(state.vote, from);
  const granted = term >= state.term && isFree && rules.isUpToDate(last, state.log.last);
  if (isPreVote) {
    // A promise of nothing: it needs no write. A refusal tells its term to who may be behind.
    state.send({ type: "preVoteResponse", to: from, term: granted ? term : state.term, granted });
    if (granted && state.role.name === "preCandidate" && comesFirst(state, request)) {
      state.follow(state.term, undefined);
    }
    return;
  }
  if (granted) {
    state.voteFor(from, term);
    if (state.role.name !== "leader") state.role.ticksToElection = state.electionTimeout();
  }
  const response = { type: "voteResponse", to: from, granted } as const;
  if (rules.votesAfterWrite()) state.sendAfterWrites(response);
  else state.send(response);
}

/**
 * Two that ask at the same time would each be told to campaign, and split the votes. So one leaves it to the other: to
 * who has more in its log, else to the lower id.
 */
function comesFirst({ self, log }: RaftState, { from, last }: VoteRequest): boolean {
  const isSame = last.index === log.last.index && last.term === log.last.term;
  return !isSame || from.id < self.id;
}

/** Refusals of a later term were met before. */
export function onVoteResponse(state: RaftState, { type, from, term, granted }: VoteResponse): void {
  const { role } = state;
  if (!granted) return;
  if (type === "preVoteResponse" && role.name === "preCandidate" && term === state.term + 1) {
    role.votes.add(memberName(from));
    if (state.isMajorityOf(role.votes)) campaign(state, false);
  }
  if (type === "voteResponse" && role.name === "candidate" && term === state.term)
    countVote(state, role, from);
}

function countVote(state: RaftState, candidate: Candidate, voter: MemberKey): void {
  candidate.votes.add(memberName(voter));
  if (state.isMajorityOf(candidate.votes)) lead(state);
}

function lead(state: RaftState): void {
  const leader: Leader = {
    name: "leader",
    noopIndex: state.log.last.index + 1,
    progress: new Map(),
    reads: { waiting: [], waitingOfFollowers: 0, confirming: [] },
    round: 1,
    ticksToHeartbeat: state.heartbeatTicks,
    ticksToQuorumCheck: state.electionTicks,
    transfer: undefined,
  };
  state.earlyCampaigns = 0;
  state.become(leader);
  followVoterSet(state, leader);
  state.append("noop", empty);
  if (state.log.voterSet === undefined) state.append("voters", encodeVoters(state.bootstrapVoters));
}

/** Thesis, 3.10: the leader asked for it, so nobody needs to be asked. */
export function onTimeoutNow(state: RaftState, { from }: TimeoutNow): void {
  const { role } = state;
  if (role.name !== "follower" || role.leader === undefined || !sameMember(role.leader, from)) return;
  if (mayCampaign(state)) campaign(state, true);
}

/** A leader without a majority may have been replaced, and its clients had better ask another one (thesis, 6.2). */
export function tickQuorumCheck(state: RaftState, leader: Leader): void {
  if (--leader.ticksToQuorumCheck > 0) return;
  leader.ticksToQuorumCheck = state.electionTicks;
  let count = state.isVoter ? 1 : 0;
  for (const progress of leader.progress.values()) {
    if (progress.isVoter && progress.isActive) count++;
    progress.isActive = false;
  }
  if (!state.isMajority(count)) state.follow(state.term, undefined);
}

/**
 * The leader's process is gone: no need to wait for an election timeout. Nobody who still hears from it is disturbed,
 * since a campaign asks first.
 */
export function onLeaderRefused(state: RaftState, leader: MemberKey): void {
  const { role } = state;
  if (role.name !== "follower" || role.leader === undefined || !sameMember(role.leader, leader)) return;
  if (!mayCampaign(state)) return;
  state.earlyCampaigns = 0;
  state.follow(state.term, undefined);
  campaignSoon(state);
}

/** Others may find out later, so one that failed is repeated a few times, each with twice the room. */
export function onCampaignNow(state: RaftState, term: Term): void {
  const { role } = state;
  const isWaiting = role.name === "preCandidate" || (role.name === "follower" && role.leader === undefined);
  if (!isWaiting || term !== state.term) return;
  tryToLead(state);
  state.earlyCampaigns++;
  if (state.earlyCampaigns < earlyCampaignsMax) campaignSoon(state);
}

const earlyCampaignsMax = 4;

function campaignSoon(state: RaftState): void {
  const delayMs = randomBelow(state.random, earlyCampaignMs * 2 ** state.earlyCampaigns + 1);
  state.outbox.campaignAfter = { delayMs, term: state.term };
}

function otherVoters(state: RaftState): readonly MemberKey[] {
  return state.voters.filter((voter) => !sameMember(voter, state.self)).map(memberKey);
}
