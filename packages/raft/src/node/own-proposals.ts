import type { VoterChange } from "../core/membership.ts";
import type { RaftCore } from "../core/raft-core.ts";
import type { LogIndex, Term } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import type { CoreAccess } from "./core-driver.ts";
import { notLeader } from "./not-leader.ts";
import { ProposalRoom } from "./proposal-room.ts";
import type { Proposed, ProposeExpectation, RaftLimits } from "./raft-node-options.ts";
import { Waiters } from "./waiters.ts";

/** What was proposed on this node, and who waits for it. */
export class OwnProposals {
  readonly #core: RaftCore;
  readonly #access: CoreAccess;
  readonly #room: ProposalRoom;
  readonly #waiters = new Waiters();
  /** Of what was proposed last. */
  #term: Term = 0;

  constructor(core: RaftCore, access: CoreAccess, limits: RaftLimits) {
    this.#core = core;
    this.#access = access;
    this.#room = new ProposalRoom(limits);
  }

  /** Throws the `RaftError` that refuses it, with nothing taken. */
  append(payloads: readonly Uint8Array[], expected: ProposeExpectation): Proposed {
    const { term, lastIndex, role } = this.#core;
    if (role.name !== "leader") throw notLeader(this.#core);
    if ((expected.term ?? term) !== term) throw new RaftError("UNEXPECTED_TERM");
    if ((expected.firstIndex ?? lastIndex + 1) !== lastIndex + 1) throw new RaftError("UNEXPECTED_INDEX");
    this.#room.check(payloads);
    const firstIndex = this.#access.ask((core) => core.propose(payloads));
    if (firstIndex === undefined) throw notLeader(this.#core);
    const proposed = { firstIndex, lastIndex: firstIndex + payloads.length - 1, term };
    this.#term = term;
    this.#room.take(proposed.lastIndex, payloads);
    return proposed;
  }

  /** The index of the new voter set; throws the `RaftError` that refuses the change. */
  changeVoters(change: VoterChange): LogIndex {
    const index = this.#access.ask((core) => core.changeVoters(change));
    if (index === "NOT_LEADER") throw notLeader(this.#core);
    if (typeof index === "string") throw new RaftError(index);
    this.#term = this.#core.term;
    return index;
  }

  /** Of something proposed here. Rejects when it is not known whether it ever will be. */
  untilApplied(index: LogIndex): Promise<void> {
    return this.#waiters.until(index);
  }

  applied(index: LogIndex): void {
    this.#room.applied(index);
    this.#waiters.applied(index);
  }

  /** What is not committed by now is in the hands of the next leader, unless this node still is the same one. */
  roleChanged(): void {
    const { role, term } = this.#core;
    if (role.name === "leader" && term === this.#term) return;
    this.#room.clear();
    if (!this.#waiters.isEmpty) {
      this.#waiters.failBehind(this.#commitIndex, new RaftError("LEADERSHIP_LOST"));
    }
  }

  end(error: RaftError): void {
    this.#waiters.fail(error);
  }

  /**
   * How far what was proposed here is committed. What deposed this node may have replaced its entries and committed others
   * in their places with one message: only those still in the log in the term of the proposals are theirs.
   */
  get #commitIndex(): LogIndex {
    const { index, term } = this.#core.lastCommittedAtMost(this.#term);
    return term === this.#term ? index : 0;
  }
}
