import type { MemberKey, RaftStatus } from "@millrace/raft";
import { describeSlot, nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { RaftObserver } from "./raft-observer.ts";

/** Leader completeness (Raft paper, figure 3): a leader's log holds everything that was committed in earlier terms. */
export class LeaderCompleteness implements RaftObserver {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  roleChanged(member: MemberKey, { role, term }: RaftStatus): void {
    if (role !== "leader") return;
    const { committed } = this.#context.ledger;
    let index = committed.lastIndex;
    // A leader that was elected late, after the one of a later term: what that one committed it need not have.
    while (index > 0 && (committed.committedIn(index) ?? 0) >= term) index -= 1;
    const slot = committed.at(index);
    // The last one is enough, since logs match.
    if (slot === undefined || this.#context.ledger.log(member)?.holds(index, slot.term)) return;
    this.#context.violate(`${nameOf(member)} leads term ${term} without the committed ${describeSlot(slot)}`);
  }
}
