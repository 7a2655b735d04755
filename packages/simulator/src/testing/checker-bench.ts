import type { Entry, EntryKind, MemberKey, Message, RaftStatus, RoleName, Voter } from "@millrace/raft";
import { encodeVoters } from "@millrace/raft";
import type { CheckContext } from "../checks/check-context.ts";
import type { Observed, RaftObserver } from "../checks/raft-observer.ts";
import { RaftWatch } from "../checks/raft-watch.ts";
import { Ledger } from "../ledger/ledger.ts";
import { slotOf } from "../ledger/log-slot.ts";

export const [n1, n2, n3] = [1, 2, 3].map(
  (id): Voter => ({ id, directoryId: "a", endpoint: { host: `n${id}`, port: 1 } }),
) as [Voter, Voter, Voter];

export function entry(index: number, term: number, text = `${index}`, kind: EntryKind = "data"): Entry {
  return { index, term, kind, payload: Buffer.from(text) };
}

export function votersEntry(index: number, term: number, voters: readonly Voter[]): Entry {
  return { index, term, kind: "voters", payload: encodeVoters(voters) };
}

interface State {
  readonly role?: RoleName;
  readonly term?: number;
  readonly commitIndex?: number;
}

/** A quorum of three that happens as a test tells it, under one checker. */
export class CheckerBench {
  readonly watch: RaftWatch;
  readonly violations: string[] = [];
  readonly #voters: readonly Voter[];

  constructor(make: (context: CheckContext) => RaftObserver, voters: readonly Voter[] = [n1, n2, n3]) {
    this.#voters = voters;
    const ledger = new Ledger(voters);
    this.watch = new RaftWatch(ledger, [
      make({ ledger, violate: (message) => this.violations.push(message) }),
    ]);
    for (const member of voters) this.restart(member, { term: 0, entries: [] });
  }

  at(member: MemberKey, { role = "follower", term = 1, commitIndex = 0 }: State = {}): Observed {
    return { member, status: () => this.status(role, term, commitIndex) };
  }

  status(role: RoleName, term: number, commitIndex = 0): RaftStatus {
    return {
      role,
      term,
      commitIndex,
      voters: this.#voters,
      leaderId: undefined,
      leader: undefined,
      lastIndex: 0,
      appliedIndex: 0,
      members: [],
    };
  }

  restart(member: MemberKey, found: { term: number; votedFor?: number; entries: readonly Entry[] }): void {
    this.watch.opened(member, {
      hardState: { term: found.term, votedFor: found.votedFor },
      snapshot: undefined,
      firstIndex: found.entries[0]?.index ?? 1,
      slots: found.entries.map(slotOf),
    });
  }

  /** Writes and syncs, as a follower unless told otherwise. */
  write(
    member: MemberKey,
    entries: readonly Entry[],
    state: State & { readonly truncateFrom?: number } = {},
  ): void {
    const { truncateFrom } = state;
    const batch = { entries, ...(truncateFrom !== undefined && { truncateFrom }) };
    this.watch.writing(this.at(member, state), batch);
    this.watch.wrote(this.at(member, state), batch);
  }

  vote(member: MemberKey, term: number, votedFor: number): void {
    const batch = { entries: [], hardState: { term, votedFor } };
    this.watch.writing(this.at(member), batch);
    this.watch.wrote(this.at(member), batch);
  }

  send(message: Message, state: State = {}): void {
    this.watch.sent(this.at(message.from, { term: message.term, ...state }), message);
  }

  receive(message: Message, state: State = {}): void {
    this.watch.received(this.at(message.to, state), message);
  }

  /** The leader of `term` tells a follower how far it has committed. */
  commit(leader: MemberKey, term: number, commitIndex: number): void {
    const previous = { index: 0, term: 0 };
    const to = leader === n1 ? n2 : n1;
    this.send({
      type: "appendRequest",
      from: leader,
      to,
      term,
      previous,
      entries: [],
      commitIndex,
      round: 1,
    });
  }
}
