import type { RaftCommitLog } from "@millrace/raft";
import type { ControllerQuorum } from "./controller-quorum.ts";

/** The quorum of a raft log, to be used once that is open. */
export function raftQuorum(log: RaftCommitLog): ControllerQuorum {
  return {
    get status() {
      return log.node.status;
    },
    onChange: (listener) => log.node.onRoleChange(() => listener()),
    addVoter: (voter) => log.node.addVoter(voter),
    updateVoter: (voter) => log.node.updateVoter(voter),
    removeVoter: (key) => log.node.removeVoter(key),
    transferLeadership: (to) => log.node.transferLeadership(to),
  };
}
