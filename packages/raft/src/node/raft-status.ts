import type { RaftCore } from "../core/raft-core.ts";
import type { LogIndex } from "../entry.ts";
import { memberStatus } from "./member-status.ts";
import type { RaftStatus } from "./raft-node-options.ts";

export function raftStatus(core: RaftCore, appliedIndex: LogIndex, tickMs: number): RaftStatus {
  return {
    role: core.role.name,
    term: core.term,
    leaderId: core.leader?.id,
    leader: core.leaderRecord,
    lastIndex: core.lastIndex,
    commitIndex: core.commitIndex,
    appliedIndex,
    voters: core.voters,
    members: memberStatus(core, tickMs),
  };
}
