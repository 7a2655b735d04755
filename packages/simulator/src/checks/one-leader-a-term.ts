import type { MemberKey, Message, RaftStatus, Term } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/** Election safety (Raft paper, figure 3): at most one leader can be elected in a term. */
export class OneLeaderATerm implements RaftObserver {
  readonly #context: CheckContext;
  readonly #leaders = new Map<Term, string>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  roleChanged(member: MemberKey, { role, term }: RaftStatus): void {
    if (role === "leader") this.#leads(member, term);
  }

  sent({ member }: Observed, { type, term }: Message): void {
    if (type === "appendRequest" || type === "snapshotChunk" || type === "timeoutNow")
      this.#leads(member, term);
  }

  #leads(member: MemberKey, term: Term): void {
    const name = nameOf(member);
    const leader = this.#leaders.get(term) ?? name;
    this.#leaders.set(term, leader);
    if (leader !== name) this.#context.violate(`${leader} and ${name} both lead term ${term}`);
  }
}
