import type { Entry, MemberKey, Message, PersistBatch, RaftStatus, SnapshotId } from "@millrace/raft";
import type { Ledger } from "../ledger/ledger.ts";
import type { OpenedLog } from "../ledger/member-log.ts";
import type { Answered, Observed, RaftObserver } from "./raft-observer.ts";

/**
 * Tells the ledger and every checker what happens. Checkers see a disk as it was before it changes, so the ledger learns
 * of that last; of what is committed it learns first, so that they can look it up.
 */
export class RaftWatch implements Required<RaftObserver> {
  readonly #ledger: Ledger;
  readonly #checkers: readonly RaftObserver[];

  constructor(ledger: Ledger, checkers: readonly RaftObserver[]) {
    this.#ledger = ledger;
    this.#checkers = checkers;
  }

  opened(member: MemberKey, log: OpenedLog): void {
    for (const checker of this.#checkers) checker.opened?.(member, log);
    this.#ledger.opened(member, log);
  }

  wiped(member: MemberKey): void {
    for (const checker of this.#checkers) checker.wiped?.(member);
    this.#ledger.wiped(member);
  }

  writing(at: Observed, batch: PersistBatch): void {
    for (const checker of this.#checkers) checker.writing?.(at, batch);
    this.#ledger.writing(at, batch);
  }

  wrote(at: Observed, batch: PersistBatch): void {
    for (const checker of this.#checkers) checker.wrote?.(at, batch);
    this.#ledger.wrote(at, batch);
  }

  installing(member: MemberKey): void {
    for (const checker of this.#checkers) checker.installing?.(member);
  }

  installed(member: MemberKey, snapshot: SnapshotId, keptLog: boolean): void {
    for (const checker of this.#checkers) checker.installed?.(member, snapshot, keptLog);
    this.#ledger.installed(member, snapshot, keptLog);
  }

  saved(member: MemberKey, snapshot: SnapshotId): void {
    for (const checker of this.#checkers) checker.saved?.(member, snapshot);
    this.#ledger.saved(member, snapshot);
  }

  sent(at: Observed, message: Message): void {
    this.#ledger.sent(at, message);
    for (const checker of this.#checkers) checker.sent?.(at, message);
  }

  received(at: Observed, message: Message): void {
    for (const checker of this.#checkers) checker.received?.(at, message);
  }

  refused(member: MemberKey, of: MemberKey): void {
    for (const checker of this.#checkers) checker.refused?.(member, of);
  }

  roleChanged(member: MemberKey, status: RaftStatus): void {
    for (const checker of this.#checkers) checker.roleChanged?.(member, status);
  }

  applied(at: Observed, entries: readonly Entry[]): void {
    this.#ledger.applied(at, entries);
    for (const checker of this.#checkers) checker.applied?.(at, entries);
  }

  restored(member: MemberKey, snapshot: SnapshotId, chain: number): void {
    for (const checker of this.#checkers) checker.restored?.(member, snapshot, chain);
  }

  acknowledged(call: Answered): void {
    for (const checker of this.#checkers) checker.acknowledged?.(call);
  }

  refusedCall(content: string): void {
    for (const checker of this.#checkers) checker.refusedCall?.(content);
  }
}
