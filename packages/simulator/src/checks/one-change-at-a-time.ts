import { decodeVoters, type PersistBatch, type Voter } from "@millrace/raft";
import { nameOf, slotOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/**
 * Voters change one at a time, and a leader begins a change only when the one before it and an entry of its own term are
 * committed (Ongaro's thesis, 4.1, with his correction of 2015): then any two majorities in force share a member.
 */
export class OneChangeAtATime implements RaftObserver {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  writing({ member, status }: Observed, { entries, truncateFrom }: PersistBatch): void {
    const first = entries.find(({ kind }) => kind === "voters");
    if (first === undefined) return;
    const { role, term, commitIndex } = status();
    const log = this.#context.ledger.log(member);
    const name = nameOf(member);
    const kept = Math.min(first.index, truncateFrom ?? first.index);
    let before = log?.newestVoters().find(({ index }) => index < kept);
    for (const entry of entries) {
      if (entry.kind !== "voters") continue;
      const voters = decodeVoters(Buffer.from(slotOf(entry).content, "latin1"));
      if (before !== undefined && differences(before.voters, voters) > 1) {
        const sets = `${describe(before.voters)} to ${describe(voters)}`;
        this.#context.violate(`${name} wrote a change of more than one voter, ${sets}, at ${entry.index}`);
      }
      const isOwn = role === "leader" && entry.term === term;
      if (isOwn && before !== undefined && before.index > 0 && before.index > commitIndex) {
        this.#context.violate(
          `${name} changes voters at ${entry.index}, the change at ${before.index} is open`,
        );
      }
      before = { index: entry.index, voters };
    }
  }
}

/** How many members are in one set only: a voter that is replaced counts twice. */
function differences(a: readonly Voter[], b: readonly Voter[]): number {
  const [before, after] = [a.map(nameOf), b.map(nameOf)];
  return [
    ...before.filter((name) => !after.includes(name)),
    ...after.filter((name) => !before.includes(name)),
  ].length;
}

function describe(voters: readonly Voter[]): string {
  return `{${voters.map(nameOf).join(", ")}}`;
}
