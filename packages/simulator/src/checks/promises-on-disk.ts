import type { Message } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/**
 * Nobody hears of a vote, of a term that was campaigned in or led, or of entries, before they are on the disk (Raft
 * paper, figure 2: "updated on stable storage before responding").
 */
export class PromisesOnDisk implements RaftObserver {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  sent({ member }: Observed, message: Message): void {
    const broken = this.#broken(message);
    if (broken !== undefined) this.#context.violate(`${nameOf(member)} ${broken}, which is not on its disk`);
  }

  #broken(message: Message): string | undefined {
    const log = this.#context.ledger.log(message.from);
    const { term, votedFor } = log?.hardState ?? { term: 0, votedFor: undefined };
    const hasVoted = (id: number): boolean =>
      term > message.term || (term === message.term && votedFor === id);
    switch (message.type) {
      case "voteRequest":
        return hasVoted(message.from.id) ? undefined : `campaigns in term ${message.term}`;
      case "voteResponse":
        if (!message.granted || hasVoted(message.to.id)) return undefined;
        return `votes for ${nameOf(message.to)} in term ${message.term}`;
      case "appendRequest":
      case "snapshotChunk":
        return term >= message.term ? undefined : `leads term ${message.term}`;
      case "appendResponse":
        if (!message.accepted || message.lastIndex <= Math.max(log?.lastIndex ?? 0, log?.snapshotIndex ?? 0))
          return undefined;
        return `acknowledges ${message.lastIndex}`;
      default:
        return undefined;
    }
  }
}
