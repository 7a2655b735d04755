import type { Entry, HardState, LogIndex, MemberKey, SnapshotId, Voter } from "../entry.ts";
import type { Message, SnapshotChunk } from "../message.ts";
import type { ConfirmedRead, Contact, Effects, Persist, ReadEntries, ReadSnapshot } from "./effects.ts";

/** Effects that were not taken yet. */
export class Outbox {
  members: readonly Voter[] | undefined;
  hardState: HardState | undefined;
  installSnapshot: SnapshotId | undefined;
  restore: SnapshotId | undefined;
  applyThrough: LogIndex | undefined;
  campaignAfter: Effects["campaignAfter"];
  roleChanged = false;
  readonly sendNow = new Drained<Message>();
  readonly thenSend = new Drained<Message>();
  readonly contacts = new Drained<Contact>();
  readonly readEntries = new Drained<ReadEntries>();
  readonly readSnapshots = new Drained<ReadSnapshot>();
  readonly endSnapshots = new Drained<MemberKey>();
  readonly snapshotChunks = new Drained<SnapshotChunk>();
  readonly confirmedReads = new Drained<ConfirmedRead>();
  #truncateFrom: LogIndex | undefined;
  #entries: Entry[] = [];

  write(entry: Entry): void {
    this.#entries.push(entry);
  }

  truncate(from: LogIndex): void {
    this.#entries = this.#entries.filter((entry) => entry.index < from);
    this.#truncateFrom = Math.min(this.#truncateFrom ?? from, from);
  }

  /** `truncations`: of the log, until now. */
  take(truncations: number): Effects {
    const effects: Effects = {
      members: this.members,
      persist: this.#takePersist(truncations),
      sendNow: this.sendNow.take(),
      contacts: this.contacts.take(),
      readEntries: this.readEntries.take(),
      endSnapshots: this.endSnapshots.take(),
      readSnapshots: this.readSnapshots.take(),
      snapshotChunks: this.snapshotChunks.take(),
      installSnapshot: this.installSnapshot,
      restore: this.restore,
      applyThrough: this.applyThrough,
      confirmedReads: this.confirmedReads.take(),
      campaignAfter: this.campaignAfter,
      roleChanged: this.roleChanged,
    };
    this.members = undefined;
    this.installSnapshot = undefined;
    this.restore = undefined;
    this.applyThrough = undefined;
    this.campaignAfter = undefined;
    this.roleChanged = false;
    return effects;
  }

  #takePersist(truncations: number): Persist | undefined {
    const thenSend = this.thenSend.take();
    const isEmpty = this.hardState === undefined && this.#entries.length === 0 && thenSend.length === 0;
    if (isEmpty && this.#truncateFrom === undefined) return undefined;
    const persist = {
      hardState: this.hardState,
      truncateFrom: this.#truncateFrom,
      truncations,
      entries: this.#entries,
      thenSend,
    };
    this.hardState = undefined;
    this.#truncateFrom = undefined;
    this.#entries = [];
    return persist;
  }
}

/** A list that is handed over as a whole; most effects of most steps are empty, and share one. */
class Drained<T> {
  #items: T[] = nothing;

  push(item: T): void {
    if (this.#items === nothing) this.#items = [item];
    else this.#items.push(item);
  }

  take(): readonly T[] {
    const items = this.#items;
    this.#items = nothing;
    return items;
  }
}

const nothing: never[] = [];
