import type { PersistBatch, RaftStorage } from "@millrace/raft";
import { fairWeather } from "../network/link-weather.ts";
import { DelegatingStorage } from "../raft/delegating-storage.ts";
import type { QuorumPlan } from "../raft/quorum-plan.ts";
import type { PlantedBug } from "../raft/quorum-setup.ts";
import { fairDisk } from "../world/disk-weather.ts";

/** Leaders often lose touch without a word, another one is up soon, and who read from the old one goes on reading there. */
const deposedLeaders: Partial<QuorumPlan> = {
  voters: 3,
  spares: 0,
  timing: { tickMs: 20, electionTicks: 10, heartbeatTicks: 2 },
  weather: fairWeather,
  disk: fairDisk,
  applyMsMax: 0,
  clients: 4,
  registers: 1,
  habits: {
    thinkMsMax: 30,
    timeoutMs: 60,
    readRate: 0.3,
    compareAndSetRate: 0,
    strayRate: 0.05,
    paddingMax: 0,
  },
  faults: { split: 1_000 },
};

/** Classic mistakes in implementations of Raft, one at a time. For each there is a test that the simulator finds it. */
export const plantedBugs = {
  /** Raft paper, 5.2. */
  votesTwice: { rules: { mayVote: () => true } },
  /** The same by a restart: figure 2, votedFor is persistent state. */
  forgetsItsVote: { storage: (storage) => new VoteNotStored(storage) },
  votesBeforeWrite: { rules: { votesAfterWrite: () => false } },
  /** 5.4.1. */
  electsStaleLogs: { rules: { isUpToDate: () => true } },
  /** 5.2: half is not a majority. */
  halfIsMajority: { rules: { isMajority: (count, voters) => count >= voters / 2 } },
  /** Figure 2: AppendEntries is answered when entries are stored. */
  acknowledgesBeforeWrite: { rules: { acknowledgesAfterWrite: () => false } },
  /** The same, by a storage that does not wait for its disk. */
  storageAnswersBeforeSync: { storage: (storage) => new NotAwaited(storage) },
  leaderCountsItselfBeforeWrite: { rules: { countsOwnAfterWrite: () => false } },
  /** 5.4.2, figure 8. */
  commitsEarlierTermsByCounting: { rules: { mayCommit: () => true } },
  /** 5.3, consistency check. */
  appendsWithoutCheck: { rules: { matchesPrevious: () => true } },
  /** 5.3: an old request must not cut off what a newer one brought. */
  cutsWithoutConflict: { rules: { conflicts: () => true } },
  keepsConflicts: { rules: { conflicts: () => false } },
  /** Figure 2, AppendEntries 5. */
  followerCommitsUnverified: { rules: { followerCommit: (leaderCommit) => leaderCommit } },
  /** Section 7. */
  snapshotOverNewerLog: { rules: { snapshotSupersedes: () => true } },
  /** Thesis, 4.1, and the correction of 2015. */
  twoChangesAtOnce: {
    rules: { mayChangeVoters: () => true },
    plan: { voters: 5, faults: { changeVoters: 300, slowDisk: 700, isolate: 1_500 } },
  },
  /** Thesis, 6.4. */
  readsWithoutRound: { rules: { confirmsRead: () => true }, plan: deposedLeaders },
  /** Section 8. */
  readsBeforeNoop: { rules: { mayServeReads: () => true } },
  /** Thesis, 4.2.3. */
  helpsAgainstHealthyLeader: { rules: { mayHelpElect: () => true } },
  /** Thesis, 9.6. */
  campaignsUnasked: { rules: { asksBeforeCampaign: () => false } },
  /** KIP-853: a wiped disk is another member. */
  wipedNodeVotesAsTheOld: {
    keepsDirectoryId: true,
    plan: { voters: 3, faults: { replaceDisk: 400, kill: 600, isolate: 1_000 } },
  },
} as const satisfies Record<string, PlantedBug>;

export type PlantedBugName = keyof typeof plantedBugs;

class VoteNotStored extends DelegatingStorage {
  override persist({ hardState, ...batch }: PersistBatch): Promise<void> {
    const forgetful = hardState && { ...hardState, votedFor: undefined };
    return this.inner.persist({ ...batch, ...(forgetful && { hardState: forgetful }) });
  }
}

/** Writes in order, in the background. */
class NotAwaited extends DelegatingStorage {
  #last: Promise<void>;

  constructor(inner: RaftStorage) {
    super(inner);
    this.#last = Promise.resolve();
  }

  override async persist(batch: PersistBatch): Promise<void> {
    this.#last = this.#last.then(() => this.inner.persist(batch));
    this.#last.catch(() => {}); // nobody would hear of it
  }

  override async close(): Promise<void> {
    await this.#last.catch(() => {});
    await super.close();
  }
}
