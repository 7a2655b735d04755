import type { MemberKey, Message, Term } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/** Raft paper, 5.2: a member votes for one candidate a term, whatever happened to its process in between. */
export class OneVoteATerm implements RaftObserver {
  readonly #context: CheckContext;
  readonly #votes = new Map<string, string>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  sent({ member }: Observed, message: Message): void {
    // Who asks for votes has voted for itself.
    if (message.type === "voteRequest") this.#vote(member, message.term, member);
    if (message.type === "voteResponse" && message.granted) this.#vote(member, message.term, message.to);
  }

  #vote(voter: MemberKey, term: Term, candidate: MemberKey): void {
    const key = `${nameOf(voter)}@${term}`;
    const name = nameOf(candidate);
    const before = this.#votes.get(key) ?? name;
    this.#votes.set(key, before);
    if (before !== name)
      this.#context.violate(`${nameOf(voter)} voted for ${before} and for ${name} in term ${term}`);
  }
}
