import type { MemberKey } from "../entry.ts";
import { memberKey, memberName } from "../member-key.ts";
import type { Progress } from "./progress.ts";
import type { RaftState } from "./raft-state.ts";
import type { Leader } from "./roles.ts";

/** The voter that has most of the log; of several, one that was heard from last, then the first in the set. */
export function mostCaughtUp(leader: Leader): Progress | undefined {
  let best: Progress | undefined;
  for (const progress of leader.progress.values()) {
    if (progress.isVoter && (best === undefined || isBetter(progress, best))) best = progress;
  }
  return best;
}

function isBetter(a: Progress, b: Progress): boolean {
  return a.match !== b.match ? a.match > b.match : (a.contactTick ?? -1) > (b.contactTick ?? -1);
}

/** Hands over to `target`, or to whoever has most of the log. Undefined when there is no such voter. */
export function beginTransfer(state: RaftState, leader: Leader, target?: MemberKey): MemberKey | undefined {
  const progress = target === undefined ? mostCaughtUp(leader) : leader.progress.get(memberName(target));
  if (progress === undefined || !progress.isVoter) return undefined;
  leader.transfer = { target: memberKey(progress.member), ticksLeft: state.electionTicks, isAsked: false };
  return leader.transfer.target;
}

/** Nothing is proposed meanwhile, so the target gets to the end of the log (thesis, 3.10). */
export function continueTransfer(state: RaftState, { transfer, progress }: Leader): void {
  if (transfer === undefined || transfer.isAsked) return;
  if (progress.get(memberName(transfer.target))?.match !== state.log.last.index) return;
  transfer.isAsked = true;
  state.send({ type: "timeoutNow", to: transfer.target });
}

/** A target that does not take over within an election timeout never may: this node goes on. */
export function tickTransfer(leader: Leader): void {
  if (leader.transfer !== undefined && --leader.transfer.ticksLeft <= 0) leader.transfer = undefined;
}
