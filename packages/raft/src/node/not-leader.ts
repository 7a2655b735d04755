import type { RaftCore } from "../core/raft-core.ts";
import { sameMember } from "../member-key.ts";
import { RaftError } from "../raft-error.ts";

/** With whom to ask instead: the leader, or who is about to take over from this one. */
export function notLeader({ role, leaderRecord, voters }: RaftCore): RaftError {
  const next = role.name === "leader" ? role.transfer?.target : undefined;
  const leader = next === undefined ? leaderRecord : voters.find((voter) => sameMember(voter, next));
  return new RaftError("NOT_LEADER", { leader });
}
