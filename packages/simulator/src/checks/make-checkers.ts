import type { MemberKey } from "@millrace/raft";
import type { Ledger } from "../ledger/ledger.ts";
import { AnswersHold } from "./answers-hold.ts";
import { AppliedInOrder } from "./applied-in-order.ts";
import { AsksBeforeCampaign } from "./asks-before-campaign.ts";
import type { CheckContext } from "./check-context.ts";
import { CommittedByMajority } from "./committed-by-majority.ts";
import { CommittedStays } from "./committed-stays.ts";
import { DiskKeeps } from "./disk-keeps.ts";
import { LeaderCompleteness } from "./leader-completeness.ts";
import { LeaderUndisturbed } from "./leader-undisturbed.ts";
import { LogMatching } from "./log-matching.ts";
import { OneChangeAtATime } from "./one-change-at-a-time.ts";
import { OneLeaderATerm } from "./one-leader-a-term.ts";
import { OneVoteATerm } from "./one-vote-a-term.ts";
import { PromisesOnDisk } from "./promises-on-disk.ts";
import type { RaftObserver } from "./raft-observer.ts";
import { StateMachineSafety } from "./state-machine-safety.ts";

export interface CheckersOptions {
  readonly ledger: Ledger;
  readonly violate: (check: string, message: string) => void;
  /** See `LeaderUndisturbed`. */
  readonly ownMs: (member: MemberKey) => number;
  readonly freshMs: number;
}

/** Every checker of a quorum. */
export function makeCheckers({ ledger, violate, ownMs, freshMs }: CheckersOptions): readonly RaftObserver[] {
  const context = (check: string): CheckContext => ({
    ledger,
    violate: (message) => violate(check, message),
  });
  return [
    new OneLeaderATerm(context("one leader a term")),
    new OneVoteATerm(context("one vote a term")),
    new LogMatching(context("log matching")),
    new LeaderCompleteness(context("leader completeness")),
    new StateMachineSafety(context("state machine safety")),
    new AppliedInOrder(context("applied in order")),
    new CommittedByMajority(context("committed by majority")),
    new CommittedStays(context("committed stays")),
    new PromisesOnDisk(context("promises on disk")),
    new DiskKeeps(context("disk keeps")),
    new OneChangeAtATime(context("one change at a time")),
    new AsksBeforeCampaign(context("asks before campaign")),
    new LeaderUndisturbed(context("leader undisturbed"), { ownMs, freshMs }),
    new AnswersHold(context("answers hold")),
  ];
}
