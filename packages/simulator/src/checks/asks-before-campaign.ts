import type { MemberKey, Message, Term, Voter } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/**
 * Pre-vote (Ongaro's thesis, 9.6): nobody campaigns, and so raises the term of others, before a majority said that it
 * would vote for it; unless the leader itself asked for the election.
 */
export class AsksBeforeCampaign implements RaftObserver {
  readonly #context: CheckContext;
  /** Who said yes, by candidate and term. */
  readonly #grants = new Map<string, Set<string>>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  received({ member }: Observed, message: Message): void {
    if (message.type !== "preVoteResponse" || !message.granted) return;
    const key = keyOf(member, message.term);
    const grants = this.#grants.get(key) ?? new Set();
    this.#grants.set(key, grants.add(nameOf(message.from)));
  }

  sent({ member, status }: Observed, message: Message): void {
    if (message.type !== "voteRequest" || message.transfer) return;
    const grants = this.#grants.get(keyOf(member, message.term)) ?? new Set();
    const sets = [
      status().voters,
      ...(this.#context.ledger.log(member)?.newestVoters() ?? []).map((s) => s.voters),
    ];
    if (sets.slice(0, 3).some((voters) => isMajority(member, voters, grants))) return;
    const friends = [...grants].join(", ") || "nobody";
    this.#context.violate(
      `${nameOf(member)} campaigns in term ${message.term}; it would get votes of ${friends}`,
    );
  }
}

function keyOf(member: MemberKey, term: Term): string {
  return `${nameOf(member)}@${term}`;
}

function isMajority(self: MemberKey, voters: readonly Voter[], grants: ReadonlySet<string>): boolean {
  const names = voters.map(nameOf);
  const yes = names.filter((name) => name === nameOf(self) || grants.has(name));
  return yes.length > names.length / 2;
}
