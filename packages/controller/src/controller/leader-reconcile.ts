import { type Clock, type Executor, sleep } from "@millrace/runtime";
import type { LeaderCursor } from "../decisions/partition-leaders.ts";
import type { MetadataState } from "../image/metadata-state.ts";

/** After a decision that could not be written, though this controller is still the active one: its queue was full. */
const RETRY_MS = 100;

/** Twice what goes into one append (64 KiB), so that decisions go on while the quorum commits those before. */
const DECISIONS_IN_FLIGHT = 6;

export interface LeaderReconcileOptions {
  /** Committed: whatever was decided before a pass was asked for is in it. */
  readonly state: () => MetadataState;
  readonly isActive: () => boolean;
  /** Makes the changes that one decision has room for, and moves the pass on; false when they could not be written. */
  readonly decide: (pass: LeaderPass) => Promise<boolean>;
  readonly executor: Executor;
  readonly clock: Clock;
}

/** One look at all topics. */
export interface LeaderPass {
  readonly topicNames: readonly string[];
  /** As in `LeaderSearch`. */
  readonly leaderlessOnly: boolean;
  /** Where the next decision goes on; undefined at the end. Moved when a decision is made, before it is written. */
  next: LeaderCursor | undefined;
}

/**
 * Brings the leaders of all partitions in line with the brokers that are in service: passes over all topics, a
 * decision after the other, from the state alone. First of all partitions get leaders, then in-sync sets lose those
 * that are gone. It may be asked for at any time; what is asked for meanwhile is done again.
 */
export class LeaderReconcile {
  readonly #options: LeaderReconcileOptions;
  #asked = 0;
  #done = 0;
  #running = false;

  constructor(options: LeaderReconcileOptions) {
    this.#options = options;
  }

  /** Whether everything that was asked for is done. */
  get settled(): boolean {
    return this.#done === this.#asked;
  }

  ask(): void {
    this.#asked++;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    const { isActive, clock } = this.#options;
    this.#running = true;
    while (!this.settled && isActive()) {
      const asked = this.#asked;
      if ((await this.#pass(true)) && (await this.#pass(false))) this.#done = asked;
      else if (isActive()) await sleep(clock, RETRY_MS);
    }
    this.#running = false;
  }

  /** Whether it came to its end. */
  async #pass(leaderlessOnly: boolean): Promise<boolean> {
    const { state, decide, executor } = this.#options;
    const topicNames = await executor.run(namesOf(state()));
    const pass: LeaderPass = { topicNames, leaderlessOnly, next: { topic: 0, partition: 0 } };
    const lane = async (): Promise<boolean> => {
      while (pass.next !== undefined) if (!(await decide(pass))) return false;
      return true;
    };
    const ends = await Promise.all(Array.from({ length: DECISIONS_IN_FLIGHT }, lane));
    return ends.every(Boolean);
  }
}

/** Topics that come later are placed on brokers that are in service then, and need no pass. */
function* namesOf({ topicNames }: MetadataState): Generator<void, string[]> {
  const names: string[] = [];
  for (const name of topicNames.values()) {
    names.push(name);
    if (names.length % 1_024 === 0) yield;
  }
  return names;
}
