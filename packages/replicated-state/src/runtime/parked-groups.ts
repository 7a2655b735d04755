import { assert } from "@millrace/runtime";
import type { Group, Parked } from "./group.ts";

/** Groups that were appended and wait for their commit, oldest first. Who adds bounds their decisions and bytes. */
export class ParkedGroups<State, Draft, LogRecord> {
  #groups: Group<State, Draft, LogRecord>[] = [];
  #decisions = 0;
  #bytes = 0;

  /** Decisions parked. */
  get decisions(): number {
    return this.#decisions;
  }

  /** Of their records, encoded. */
  get bytes(): number {
    return this.#bytes;
  }

  get newest(): Group<State, Draft, LogRecord> | undefined {
    return this.#groups.at(-1);
  }

  get oldest(): Group<State, Draft, LogRecord> | undefined {
    return this.#groups[0];
  }

  push(group: Group<State, Draft, LogRecord>): void {
    assert(group.baseOffset >= (this.newest?.endOffset ?? 0), "groups overlap");
    this.#groups.push(group);
    this.#count(group, 1);
  }

  /** Has decisions that wrote nothing wait for the newest group, whose state they saw; false when there is none. */
  join(parked: readonly Parked[]): boolean {
    if (this.newest === undefined) return false;
    this.newest.parked.push(...parked);
    this.#decisions += parked.length;
    return true;
  }

  /** Takes off the oldest group that is committed as a whole. */
  takeCommitted(offset: number): Group<State, Draft, LogRecord> | undefined {
    const group = this.oldest;
    if (group === undefined || group.endOffset > offset + 1) return undefined;
    this.#groups = this.#groups.slice(1);
    this.#count(group, -1);
    return group;
  }

  /** Takes off the newest: it was not appended after all. */
  dropNewest(): Group<State, Draft, LogRecord> {
    const group = this.#groups.pop();
    assert(group !== undefined, "no group to drop");
    this.#count(group, -1);
    return group;
  }

  rejectAll(error: Error): void {
    const groups = this.#groups;
    this.#groups = [];
    this.#decisions = 0;
    this.#bytes = 0;
    for (const group of groups) for (const { reject } of group.parked) reject(error);
  }

  #count({ parked, sizeBytes }: Group<State, Draft, LogRecord>, sign: 1 | -1): void {
    this.#decisions += sign * parked.length;
    this.#bytes += sign * sizeBytes;
  }
}
