import type { Entry, MemberKey, SnapshotId } from "@millrace/raft";
import { describeSlot, nameOf, sameSlot, slotOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/** State machine safety (Raft paper, figure 3): no two members apply different entries at one index. */
export class StateMachineSafety implements RaftObserver {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  applied({ member }: Observed, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const slot = slotOf(entry);
      const committed = this.#context.ledger.committed.at(slot.index);
      if (committed !== undefined && sameSlot(committed, slot)) continue;
      const other = committed === undefined ? "nothing" : describeSlot(committed);
      this.#context.violate(`${nameOf(member)} applied ${describeSlot(slot)} where ${other} is committed`);
      return;
    }
  }

  restored(member: MemberKey, { index }: SnapshotId, chain: number): void {
    const { committed } = this.#context.ledger;
    if (index > committed.lastIndex) {
      this.#context.violate(`${nameOf(member)} restored a snapshot at ${index}, which is not committed`);
    } else if (committed.chainAt(index) !== chain) {
      this.#context.violate(`${nameOf(member)} restored a snapshot at ${index} that is of another log`);
    }
  }
}
