import type { LogIndex, MemberKey } from "@millrace/raft";
import { describeSlot, nameOf, sameSlot, slotOf } from "../ledger/log-slot.ts";
import type { MemberLog, OpenedLog } from "../ledger/member-log.ts";
import type { CheckContext } from "./check-context.ts";
import type { RaftObserver } from "./raft-observer.ts";

/**
 * What the storage promised is there when the next process opens it, whatever the power did: term and vote, and the log.
 * What was being written may be there from its beginning on, and nothing else.
 */
export class DiskKeeps implements RaftObserver {
  readonly #context: CheckContext;
  readonly #installing = new Set<string>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  installing(member: MemberKey): void {
    this.#installing.add(nameOf(member));
  }

  installed(member: MemberKey): void {
    this.#installing.delete(nameOf(member));
  }

  opened(member: MemberKey, opened: OpenedLog): void {
    const promised = this.#context.ledger.log(member);
    // A snapshot that was about to replace the log may have done so.
    const mayBeReplaced = this.#installing.delete(nameOf(member));
    if (promised === undefined) return;
    const broken =
      this.#hardStateBroken(promised, opened) ??
      (mayBeReplaced ? undefined : this.#lost(promised, opened)) ??
      this.#invented(promised, opened);
    if (broken !== undefined) this.#context.violate(`${nameOf(member)} was restarted and ${broken}`);
  }

  #hardStateBroken({ hardState, writing }: MemberLog, opened: OpenedLog): string | undefined {
    const allowed = [hardState, writing?.hardState ?? hardState];
    const { term, votedFor } = opened.hardState;
    if (allowed.some((a) => a.term === term && a.votedFor === votedFor)) return undefined;
    return `found term ${term} and a vote for ${votedFor}, not ${hardState.term} and ${hardState.votedFor}`;
  }

  #lost(promised: MemberLog, opened: OpenedLog): string | undefined {
    const { writing } = promised;
    const cut = writing?.truncateFrom ?? Number.POSITIVE_INFINITY;
    const first = Math.max(promised.firstIndex, opened.firstIndex, (opened.snapshot?.index ?? 0) + 1);
    for (let index = first; index <= promised.lastIndex && index < cut; index += 1) {
      const slot = promised.slotAt(index);
      const found = opened.slots[index - opened.firstIndex];
      if (slot !== undefined && (found === undefined || !sameSlot(found, slot)))
        return `lost ${describeSlot(slot)}`;
    }
    return undefined;
  }

  #invented(promised: MemberLog, opened: OpenedLog): string | undefined {
    const written = new Map(promised.writing?.entries.map((entry) => [entry.index, slotOf(entry)]));
    const isKnown = (index: LogIndex, slot: OpenedLog["slots"][number]): boolean =>
      [promised.slotAt(index), written.get(index)].some(
        (known) => known !== undefined && sameSlot(known, slot),
      );
    const found = opened.slots.find(
      (slot) => slot.index >= promised.firstIndex && !isKnown(slot.index, slot),
    );
    return found === undefined ? undefined : `found ${describeSlot(found)}, which was never written`;
  }
}
