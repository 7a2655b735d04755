import type { MemberKey, PersistBatch, Term } from "@millrace/raft";
import { describeSlot, type LogSlot, nameOf, sameSlot, slotOf } from "../ledger/log-slot.ts";
import type { OpenedLog } from "../ledger/member-log.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

interface Known {
  readonly slot: LogSlot;
  /** Of the entry before it, where that is known. */
  previousTerm: Term | undefined;
}

/**
 * Log matching (Raft paper, figure 3): entries of one index and term are equal, and so is everything before them. It is
 * enough that each is equal itself and follows the same one: the rest is induction.
 */
export class LogMatching implements RaftObserver {
  readonly #context: CheckContext;
  readonly #known = new Map<string, Known>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  opened(member: MemberKey, { slots }: OpenedLog): void {
    for (const [i, slot] of slots.entries()) this.#see(member, slot, slots[i - 1]?.term);
  }

  writing({ member }: Observed, { entries }: PersistBatch): void {
    const first = entries[0];
    if (first === undefined) return;
    const log = this.#context.ledger.log(member);
    let previousTerm = first.index === 1 ? 0 : log?.slotAt(first.index - 1)?.term;
    for (const entry of entries) {
      this.#see(member, slotOf(entry), previousTerm);
      previousTerm = entry.term;
    }
  }

  #see(member: MemberKey, slot: LogSlot, previousTerm: Term | undefined): void {
    const key = `${slot.index}/${slot.term}`;
    const known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, { slot, previousTerm });
      return;
    }
    known.previousTerm ??= previousTerm;
    if (!sameSlot(known.slot, slot)) {
      this.#context.violate(
        `${nameOf(member)} has ${describeSlot(slot)}, others ${describeSlot(known.slot)}`,
      );
    }
    if (previousTerm !== undefined && previousTerm !== known.previousTerm) {
      const where = `entry ${key} follows one of term ${previousTerm} on ${nameOf(member)}`;
      this.#context.violate(`${where}, and one of term ${known.previousTerm} elsewhere`);
    }
  }
}
