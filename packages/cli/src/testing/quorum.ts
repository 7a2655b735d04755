import type { QuorumInfo, QuorumMember } from "@millrace/client";
import type { QuorumAdmin } from "../quorum/quorum-admin.ts";

const NOW_MS = 1_000_000;

/** A directory's id that says whose it is. */
export const directoryOf = (name: string | number): string => `directory-${name}`.padEnd(22, "-");

/** A controller that has everything and was heard from just now. */
export function controller(nodeId: number, given: Partial<QuorumMember> = {}): QuorumMember {
  return {
    nodeId,
    directoryId: directoryOf(nodeId),
    logEndOffset: 100,
    lastFetchTimestampMs: NOW_MS,
    lastCaughtUpTimestampMs: NOW_MS,
    endpoint: { host: `c${nodeId}`, port: 9094 },
    ...given,
  };
}

export const broker = (nodeId: number): QuorumMember => controller(nodeId, { endpoint: undefined });

/** As controllers 1, 2 and 3 are when the first is active. */
export function quorum(given: Partial<QuorumInfo> = {}): QuorumInfo {
  const voters = [controller(1), controller(2), controller(3)];
  return { leaderId: 1, leaderEpoch: 5, highWatermark: 100, voters, observers: [], ...given };
}

export const before = (ms: number): number => NOW_MS - ms;

/** Refuses every change so, and describes the quorum as it is then; undefined: nobody answers. */
export function refusing(error: Error, after: QuorumInfo | undefined): QuorumAdmin {
  const refuse = () => Promise.reject(error);
  return {
    addVoter: refuse,
    removeVoter: refuse,
    moveController: refuse,
    describeQuorum: () => (after === undefined ? refuse() : Promise.resolve(after)),
  };
}

/** Does what it is asked, and keeps it. */
export function obliging(asked: unknown[], active = 2): QuorumAdmin {
  const keep = async (what: unknown): Promise<void> => void asked.push(what);
  return {
    addVoter: keep,
    removeVoter: keep,
    moveController: async (nodeId) => {
      await keep(nodeId);
      return nodeId ?? active;
    },
    describeQuorum: () => Promise.reject(new Error("there is nothing to ask")),
  };
}
