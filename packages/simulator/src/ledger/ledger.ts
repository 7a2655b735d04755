import type {
  Entry,
  EntryId,
  LogIndex,
  MemberKey,
  Message,
  PersistBatch,
  SnapshotId,
  Term,
  Voter,
} from "@millrace/raft";
import type { Observed, RaftObserver } from "../checks/raft-observer.ts";
import { CommittedLog } from "./committed-log.ts";
import { nameOf, slotOf } from "./log-slot.ts";
import { MemberLog, type OpenedLog } from "./member-log.ts";

/** What is known of every disk and of the quorum's one log, from outside of the nodes. Checkers read it. */
export class Ledger implements RaftObserver {
  readonly committed = new CommittedLog();
  readonly #logs = new Map<string, MemberLog>();
  /** Of disks that are gone: what was on them counted. */
  readonly #lost = new Map<string, MemberLog>();
  /** The voters as configured, in force until a set is in the log. */
  readonly bootstrap: readonly Voter[];

  constructor(bootstrap: readonly Voter[]) {
    this.bootstrap = bootstrap;
  }

  log(member: MemberKey): MemberLog | undefined {
    return this.#logs.get(nameOf(member));
  }

  /** Also of a disk that is gone. */
  everHeld(member: MemberKey, { index, term }: EntryId): boolean {
    const name = nameOf(member);
    return (this.#logs.get(name) ?? this.#lost.get(name))?.holds(index, term) ?? false;
  }

  get logs(): Iterable<MemberLog> {
    return this.#logs.values();
  }

  opened(member: MemberKey, log: OpenedLog): void {
    this.#logs.set(nameOf(member), new MemberLog(log, this.bootstrap));
  }

  wiped(member: MemberKey): void {
    const log = this.log(member);
    if (log !== undefined) this.#lost.set(nameOf(member), log);
    this.#logs.delete(nameOf(member));
  }

  writing({ member }: Observed, batch: PersistBatch): void {
    this.log(member)?.begin(batch);
  }

  wrote({ member }: Observed, batch: PersistBatch): void {
    this.log(member)?.end(batch);
  }

  installed(member: MemberKey, snapshot: SnapshotId, keptLog: boolean): void {
    this.log(member)?.installed(snapshot, keptLog);
  }

  saved(member: MemberKey, snapshot: SnapshotId): void {
    this.log(member)?.saved(snapshot);
  }

  /** Leaders tell how far they have committed: the first who does so defines what is there. */
  sent(_: Observed, message: Message): void {
    if (message.type === "appendRequest") this.#commit(message.commitIndex, message.term);
  }

  applied({ status }: Observed, entries: readonly Entry[]): void {
    const { role, term, commitIndex } = status();
    if (role === "leader") this.#commit(commitIndex, term);
    if ((entries.at(-1)?.index ?? 0) <= this.committed.lastIndex) return;
    for (const entry of entries) this.committed.add(slotOf(entry), term);
  }

  #commit(through: LogIndex, term: Term): void {
    if (through <= this.committed.lastIndex) return;
    const holder =
      this.#holder(through, (slotTerm) => slotTerm === term) ?? this.#holder(through, () => true);
    for (let index = this.committed.lastIndex + 1; index <= through; index += 1) {
      const slot = holder?.slotAt(index);
      if (slot !== undefined) this.committed.add(slot, term);
    }
  }

  /** A log that goes on where the committed one ends, and has the entry at `index` in a term that will do. */
  #holder(index: number, isIt: (term: number) => boolean): MemberLog | undefined {
    for (const log of this.logs) {
      const slot = log.slotAt(index);
      if (slot !== undefined && isIt(slot.term) && log.firstIndex <= this.committed.lastIndex + 1) return log;
    }
    return undefined;
  }
}
