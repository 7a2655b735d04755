import { RaftError, type RaftErrorCode, type Voter } from "@millrace/raft";
import type { ControllerQuorum } from "../controller/controller-quorum.ts";
import { testUuid } from "./test-cluster.ts";

/** A controller of a test, at "c<id>". */
export function testVoter(id: number): Voter {
  return { id, directoryId: testUuid(100 + id), endpoint: { host: `c${id}`, port: 9090 + id } };
}

/**
 * A quorum of 11 and 12 (which is an entry behind), followed by 13 (which is seven), at term 5 with 40 entries, one of
 * them not committed. Its changes are noted, or refused.
 */
export function stubQuorum(refusal?: RaftErrorCode) {
  const changes: unknown[] = [];
  const change = async (what: unknown): Promise<void> => {
    if (refusal !== undefined) throw new RaftError(refusal);
    changes.push(what);
  };
  const member = (id: number, isVoter: boolean, lag: number) => ({
    ...testVoter(id),
    isVoter,
    matchIndex: 40 - lag,
    lag,
    sinceContactMs: lag * 10,
    sinceCaughtUpMs: lag === 0 ? 0 : undefined,
  });
  const quorum: ControllerQuorum = {
    status: {
      role: "leader",
      term: 5,
      leaderId: 11,
      leader: testVoter(11),
      lastIndex: 40,
      commitIndex: 39,
      appliedIndex: 39,
      voters: [testVoter(11), testVoter(12)],
      members: [member(11, true, 0), member(12, true, 1), member(13, false, 7)],
    },
    onChange: () => () => {},
    confirmLeads: async () => {},
    addVoter: (added) => change({ added }),
    updateVoter: (updated) => change({ updated }),
    removeVoter: (removed) => change({ removed }),
    transferLeadership: (to) => change({ to }),
  };
  return { quorum, changes };
}
