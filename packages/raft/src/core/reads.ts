import type { MemberKey } from "../entry.ts";
import { sameMember } from "../member-key.ts";
import type { ReadIndexRequest, ReadIndexResponse } from "../message.ts";
import type { RaftState } from "./raft-state.ts";
import type { Follower, Leader } from "./roles.ts";

/** Requests of followers that wait for a round; each asks for one at a time, and repeats itself when nothing comes. */
export const readsOfFollowersMax = 1_024;

/** False when nobody is known who could confirm it. */
export function askForRead(state: RaftState, token: number): boolean {
  const { role } = state;
  if (role.name === "leader") {
    role.reads.waiting.push({ origin: undefined, token });
    return true;
  }
  if (role.name !== "follower" || role.leader === undefined) return false;
  role.reads.waiting.push(token);
  return true;
}

export function onReadIndexRequest(state: RaftState, { from, token }: ReadIndexRequest): void {
  const { role } = state;
  if (role.name !== "leader" || role.reads.waitingOfFollowers >= readsOfFollowersMax) {
    state.send({ type: "readIndexResponse", to: from, token, index: undefined });
    return;
  }
  role.reads.waiting.push({ origin: from, token });
  role.reads.waitingOfFollowers++;
}

export function onReadIndexResponse(state: RaftState, { from, token, index }: ReadIndexResponse): void {
  const { role } = state;
  if (role.name !== "follower" || role.leader === undefined || !sameMember(role.leader, from)) return;
  if (role.reads.asked.length === 0 || role.reads.requestToken !== token) return;
  for (const asked of role.reads.asked) state.outbox.confirmedReads.push({ token: asked, index });
  role.reads.asked = [];
}

/** One request for everything that came in since the last: whatever it answers is later than all of them. */
export function forwardReads(state: RaftState, { leader, reads }: Follower): void {
  if (leader === undefined || reads.asked.length > 0 || reads.waiting.length === 0) return;
  reads.asked = reads.waiting;
  reads.waiting = [];
  reads.requestToken = state.nextReadRequest++;
  requestRead(state, leader, reads);
}

/** The request or its answer may be lost; asking again does no harm. */
export function tickForwardedReads(state: RaftState, { leader, reads }: Follower): void {
  if (leader === undefined || reads.asked.length === 0 || --reads.ticksToRepeat > 0) return;
  requestRead(state, leader, reads);
}

function requestRead(state: RaftState, leader: MemberKey, reads: Follower["reads"]): void {
  reads.ticksToRepeat = state.heartbeatTicks * 2;
  state.send({ type: "readIndexRequest", to: leader, token: reads.requestToken });
}

/** Gives waiting reads a round that begins now, when the leader may serve any at all. */
export function beginReads(state: RaftState, leader: Leader): void {
  const { reads } = leader;
  if (reads.waiting.length === 0 || !state.rules.mayServeReads(state.commitIndex, leader.noopIndex)) return;
  if (!state.isAlone) leader.round++;
  reads.confirming.push({ reads: reads.waiting, index: state.commitIndex, round: leader.round });
  reads.waiting = [];
  reads.waitingOfFollowers = 0;
}

/** Hands out the reads whose round a majority answered: no later leader was elected before they were asked for. */
export function confirmReads(state: RaftState, leader: Leader): void {
  const { confirming } = leader.reads;
  while (confirming[0] !== undefined && isConfirmed(state, leader, confirming[0].round)) {
    const { reads, index } = confirming[0];
    confirming.shift();
    for (const read of reads) state.answerRead(read, index);
  }
}

function isConfirmed(state: RaftState, leader: Leader, round: number): boolean {
  let count = state.isVoter ? 1 : 0;
  for (const progress of leader.progress.values()) {
    if (progress.isVoter && state.rules.confirmsRead(progress.acknowledgedRound, round)) count++;
  }
  return state.isMajority(count);
}
