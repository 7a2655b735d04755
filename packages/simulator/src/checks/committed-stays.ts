import type { LogIndex, MemberKey, PersistBatch, SnapshotId } from "@millrace/raft";
import { describeSlot, nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/** A member that has a committed entry never drops it, except behind a snapshot. */
export class CommittedStays implements RaftObserver {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  writing({ member }: Observed, { truncateFrom }: PersistBatch): void {
    if (truncateFrom !== undefined) this.#drops(member, truncateFrom);
  }

  installed(member: MemberKey, { index }: SnapshotId, keptLog: boolean): void {
    if (!keptLog) this.#drops(member, index + 1);
  }

  #drops(member: MemberKey, from: LogIndex): void {
    const { committed } = this.#context.ledger;
    const log = this.#context.ledger.log(member);
    const through = Math.min(log?.lastIndex ?? 0, committed.lastIndex);
    for (let index = from; index <= through; index += 1) {
      const slot = committed.at(index);
      if (slot === undefined || log?.slotAt(index)?.term !== slot.term) continue;
      this.#context.violate(`${nameOf(member)} drops the committed ${describeSlot(slot)}`);
      return;
    }
  }
}
