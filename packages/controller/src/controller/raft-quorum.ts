import { type RaftCommitLog, RaftError } from "@millrace/raft";
import type { ControllerQuorum } from "./controller-quorum.ts";

/** The quorum of a raft log, to be used once that is open. */
export function raftQuorum(log: RaftCommitLog): ControllerQuorum {
  return {
    get status() {
      return log.node.status;
    },
    onChange: (listener) => log.node.onRoleChange(() => listener()),
    confirmLeads: async () => {
      const { node } = log;
      const term = node.leadsTerm;
      await node.readIndex();
      if (term === undefined || node.leadsTerm !== term) throw new RaftError("LEADERSHIP_LOST");
    },
    addVoter: (voter) => log.node.addVoter(voter),
    updateVoter: (voter) => log.node.updateVoter(voter),
    removeVoter: (key) => log.node.removeVoter(key),
    transferLeadership: (to) => log.node.transferLeadership(to),
  };
}
