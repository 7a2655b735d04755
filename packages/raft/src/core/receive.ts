import { assert } from "@millrace/runtime";
import { sameMember } from "../member-key.ts";
import type {
  AppendRequest,
  AppendResponse,
  Message,
  SnapshotChunk,
  SnapshotResponse,
  TimeoutNow,
  VoteResponse,
} from "../message.ts";
import { onTimeoutNow, onVoteRequest, onVoteResponse } from "./election.ts";
import { onAppendRequest } from "./follower-log.ts";
import { onJoinRequest, onJoinResponse } from "./joining.ts";
import type { RaftState } from "./raft-state.ts";
import { onReadIndexRequest, onReadIndexResponse } from "./reads.ts";
import { onAppendResponse } from "./replication.ts";
import { onSnapshotChunk } from "./snapshot-receiving.ts";
import { onSnapshotResponse } from "./snapshot-sending.ts";

type MessageInTerm = VoteResponse | AppendResponse | SnapshotResponse | TimeoutNow;

/** What a message may change, by whom it is for and of which term it is (Raft paper, 5.1). */
export function receive(state: RaftState, message: Message): void {
  if (message.type === "joinRequest") {
    // It may know this node by its endpoint only.
    if (message.to.directoryId === "" || sameMember(message.to, state.self)) onJoinRequest(state, message);
    return;
  }
  if (!sameMember(message.to, state.self) || sameMember(message.from, state.self)) return;
  switch (message.type) {
    case "preVoteRequest":
    case "voteRequest":
      onVoteRequest(state, message);
      break;
    case "appendRequest":
    case "snapshotChunk":
      receiveFromLeader(state, message);
      break;
    case "joinResponse":
      onJoinResponse(state, message);
      break;
    case "readIndexRequest":
      onReadIndexRequest(state, message);
      break;
    case "readIndexResponse":
      onReadIndexResponse(state, message);
      break;
    default:
      receiveInTerm(state, message);
  }
}

function receiveFromLeader(state: RaftState, message: AppendRequest | SnapshotChunk): void {
  const { from, term } = message;
  if (term < state.term) {
    // With this node's term, so that a leader of the past steps down: votes alone might never tell it (9.6). Without the
    // round: it may lead again by now, in this term, and has rounds of its own.
    const lastIndex = message.type === "appendRequest" ? message.previous.index : 0;
    state.sendAfterWrites({
      type: "appendResponse",
      to: from,
      round: 0,
      accepted: false,
      lastIndex,
      hint: undefined,
    });
    return;
  }
  assert(term > state.term || state.role.name !== "leader", "two leaders in one term");
  const { role } = state;
  if (term === state.term && role.name === "follower" && role.leader !== undefined) {
    assert(sameMember(role.leader, from), "two leaders in one term");
    role.ticksSilent = 0;
    role.ticksToElection = role.timeoutTicks;
  } else {
    state.earlyCampaigns = 0;
    state.follow(term, from);
  }
  if (message.type === "appendRequest") onAppendRequest(state, message);
  else onSnapshotChunk(state, message);
}

/** Answers to what this node asked in its term; one of a later term ends it. */
function receiveInTerm(state: RaftState, message: MessageInTerm): void {
  const isPreVote = message.type === "preVoteResponse" && message.granted;
  if (message.term > state.term && !isPreVote) state.follow(message.term, undefined);
  if (message.term < state.term) return;
  const { role } = state;
  if (message.type === "voteResponse" || message.type === "preVoteResponse") onVoteResponse(state, message);
  else if (message.type === "timeoutNow") onTimeoutNow(state, message);
  else if (role.name !== "leader") return;
  else if (message.type === "appendResponse") onAppendResponse(state, role, message);
  else if (message.type === "snapshotResponse") onSnapshotResponse(state, role, message);
}
