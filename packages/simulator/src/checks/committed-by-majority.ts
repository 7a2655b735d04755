import type { Entry, LogIndex, MemberKey, Message, RaftStatus, Term, Voter } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/**
 * What a leader commits is on the disks of a majority of voters (Raft paper, 5.3), though some of them may be gone for good
 * since they said so; and the last of it is of the leader's own term (5.4.2).
 */
export class CommittedByMajority implements RaftObserver {
  readonly #context: CheckContext;
  /** What leaders were seen to have committed; the ledger's end may come from a follower's apply. */
  #checkedThrough: LogIndex = 0;
  /** By leader and term. */
  readonly #knownAtFirst = new Map<string, LogIndex>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  roleChanged(member: MemberKey, { role, term, commitIndex }: RaftStatus): void {
    if (role === "leader") this.#begins(member, term, commitIndex);
  }

  sent(at: Observed, message: Message): void {
    if (message.type !== "appendRequest") return;
    this.#begins(at.member, message.term, at.status().commitIndex);
    this.#commits(at, message.commitIndex, message.term);
  }

  applied(at: Observed, entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined || last.index <= this.#checkedThrough) return;
    const { role, term, commitIndex } = at.status();
    if (role === "leader") this.#commits(at, commitIndex, term);
  }

  /** What a leader knew to be committed when it was elected was committed by others, or by itself in an earlier term. */
  #begins(leader: MemberKey, term: Term, commitIndex: LogIndex): void {
    const key = `${nameOf(leader)}@${term}`;
    if (!this.#knownAtFirst.has(key)) this.#knownAtFirst.set(key, commitIndex);
  }

  #commits(at: Observed, index: LogIndex, term: Term): void {
    if (index <= this.#checkedThrough) return;
    this.#checkedThrough = index;
    if (index <= (this.#knownAtFirst.get(`${nameOf(at.member)}@${term}`) ?? 0)) return;
    const broken = this.#broken(at, index, term);
    if (broken !== undefined) {
      this.#context.violate(`${nameOf(at.member)} committed ${index} in term ${term}, which ${broken}`);
    }
  }

  #broken({ member, status }: Observed, index: LogIndex, term: Term): string | undefined {
    const { ledger } = this.#context;
    const slot = ledger.committed.at(index);
    if (slot === undefined) return "no disk has";
    if (slot.term !== term) return `is of term ${slot.term}: copies of it do not count`;
    // A change of the voters in the same moment: the set before it counted.
    const sets = [status().voters, ...(ledger.log(member)?.newestVoters() ?? []).map(({ voters }) => voters)];
    const isSafe = sets.slice(0, 3).some((voters) => this.#isOnMajority(voters, index, term));
    return isSafe ? undefined : "is not on a majority of disks";
  }

  #isOnMajority(voters: readonly Voter[], index: LogIndex, term: Term): boolean {
    const holders = voters.filter((voter) => this.#context.ledger.everHeld(voter, { index, term }));
    return holders.length > voters.length / 2;
  }
}
