import type { MemberKey, Message, Term } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { OpenedLog } from "../ledger/member-log.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

interface Contact {
  readonly atMs: number;
  readonly term: Term;
  readonly leader: string;
}

interface Options {
  /** Time on the member's own clock. */
  readonly ownMs: (member: MemberKey) => number;
  /** A member that heard from its leader this recently knows that it is well. */
  readonly freshMs: number;
}

/**
 * Stickiness (Ongaro's thesis, 4.2.3 and 9.6): who has just heard from a leader gives no vote and no pre-vote to
 * anybody else, unless that leader asked for the election or its port refused a connection.
 */
export class LeaderUndisturbed implements RaftObserver {
  readonly #context: CheckContext;
  readonly #options: Options;
  readonly #contacts = new Map<string, Contact>();
  /**
   * Whether there was a time to say yes, by member, candidate and term. A vote that waits for the disk may leave when the
   * member has heard from the new leader, and a request may come twice.
   */
  readonly #mayHelp = new Map<string, boolean>();

  constructor(context: CheckContext, options: Options) {
    this.#context = context;
    this.#options = options;
  }

  opened(member: MemberKey, _: OpenedLog): void {
    this.#contacts.delete(nameOf(member));
  }

  refused(member: MemberKey, of: MemberKey): void {
    if (this.#contacts.get(nameOf(member))?.leader === nameOf(of)) this.#contacts.delete(nameOf(member));
  }

  received({ member, status }: Observed, message: Message): void {
    const name = nameOf(member);
    if (message.type === "appendRequest" || message.type === "snapshotChunk") {
      if (message.term < status().term) return;
      const atMs = this.#options.ownMs(member);
      this.#contacts.set(name, { atMs, term: message.term, leader: nameOf(message.from) });
    } else if (message.type === "timeoutNow") {
      this.#contacts.delete(name);
    } else if (message.type === "voteRequest" || message.type === "preVoteRequest") {
      const key = `${name}<${nameOf(message.from)}@${message.term}`;
      const isWelcome = message.transfer || !this.#hears(member, status().term);
      this.#mayHelp.set(key, isWelcome || (this.#mayHelp.get(key) ?? false));
    }
  }

  sent({ member }: Observed, message: Message): void {
    if (message.type !== "voteResponse" && message.type !== "preVoteResponse") return;
    const key = `${nameOf(member)}<${nameOf(message.to)}@${message.term}`;
    if (!message.granted || this.#mayHelp.get(key) !== false) return;
    this.#context.violate(
      `${nameOf(member)} helps ${nameOf(message.to)} into term ${message.term} though its leader is well`,
    );
  }

  #hears(member: MemberKey, term: Term): boolean {
    const contact = this.#contacts.get(nameOf(member));
    if (contact === undefined || contact.term !== term) return false;
    return this.#options.ownMs(member) - contact.atMs < this.#options.freshMs;
  }
}
