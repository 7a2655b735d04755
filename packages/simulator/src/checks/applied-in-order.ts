import type { Entry, LogIndex, MemberKey, SnapshotId } from "@millrace/raft";
import { nameOf } from "../ledger/log-slot.ts";
import type { OpenedLog } from "../ledger/member-log.ts";
import type { CheckContext } from "./check-context.ts";
import type { Observed, RaftObserver } from "./raft-observer.ts";

/** Every entry is applied once and in order, from where the process began; snapshots only ever lead forward. */
export class AppliedInOrder implements RaftObserver {
  readonly #context: CheckContext;
  readonly #appliedThrough = new Map<string, LogIndex>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  opened(member: MemberKey, _: OpenedLog): void {
    this.#appliedThrough.set(nameOf(member), 0);
  }

  applied({ member }: Observed, entries: readonly Entry[]): void {
    const name = nameOf(member);
    let through = this.#appliedThrough.get(name) ?? 0;
    for (const { index } of entries) {
      if (index !== through + 1) this.#context.violate(`${name} applied ${index} after ${through}`);
      through = index;
    }
    this.#appliedThrough.set(name, through);
  }

  restored(member: MemberKey, { index }: SnapshotId): void {
    const name = nameOf(member);
    const through = this.#appliedThrough.get(name) ?? 0;
    if (index < through) this.#context.violate(`${name} went back from ${through} to a snapshot at ${index}`);
    this.#appliedThrough.set(name, index);
  }
}
