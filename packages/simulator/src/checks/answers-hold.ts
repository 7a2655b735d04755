import type { Entry } from "@millrace/raft";
import { describeSlot, slotOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Answered, Observed, RaftObserver } from "./raft-observer.ts";

/** What clients were told is so: acknowledged entries are committed where they were said to be, once; refused ones never. */
export class AnswersHold implements RaftObserver {
  readonly #context: CheckContext;
  readonly #committedAt = new Map<string, number>();
  readonly #refused = new Set<string>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  acknowledged({ index, content }: Answered): void {
    const slot = this.#context.ledger.committed.at(index);
    if (slot?.content === content) return;
    const there = slot === undefined ? "nothing" : describeSlot(slot);
    this.#context.violate(`${content} was acknowledged at ${index}, where ${there} is committed`);
  }

  refusedCall(content: string): void {
    this.#refused.add(content);
  }

  applied(_: Observed, entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind !== "data") continue;
      const { content, index } = slotOf(entry);
      if (this.#refused.has(content))
        this.#context.violate(`${content} was refused, and applied at ${index}`);
      const other = this.#committedAt.get(content) ?? index;
      this.#committedAt.set(content, other);
      if (other !== index) this.#context.violate(`${content} was applied at ${other} and at ${index}`);
    }
  }
}
