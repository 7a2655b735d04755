import { InvariantViolation, type Random } from "@millrace/runtime";
import { Owner } from "../containers/owner.ts";
import { createDecideEnv } from "./decide-env.ts";
import type { Decision, TimerChange } from "./decision.ts";
import { offsetOfRecord } from "./replay.ts";
import type { DecodedBatch } from "./replicated-state-options.ts";
import type { Image, RecordCodec, StateDefinition } from "./state-definition.ts";
import type { QueuedWrite } from "./write-queue.ts";

/** A decision that was made: its caller hears of it when what the decision saw is committed. */
export interface Parked {
  readonly answer: () => void;
  readonly reject: (error: Error) => void;
}

export interface GroupOptions<State, Draft, LogRecord> {
  readonly definition: StateDefinition<State, Draft, LogRecord>;
  readonly codec: RecordCodec<LogRecord>;
  readonly random: Random;
  readonly span: (recordCount: number) => number;
  /** The uncommitted state that the first decision sees. */
  readonly state: State;
  readonly nextOffset: number;
  readonly epoch: number;
  readonly nowMs: number;
}

/**
 * Decisions that are appended together. Each sees the state that the ones before it made; all of them write with one
 * owner, so that a node of the state is copied once a group.
 */
export class Group<State, Draft, LogRecord> {
  readonly epoch: number;
  readonly baseOffset: number;
  readonly batches: DecodedBatch<LogRecord>[] = [];
  readonly parked: Parked[] = [];
  readonly timers: TimerChange<State, LogRecord>[] = [];
  readonly #options: GroupOptions<State, Draft, LogRecord>;
  readonly #owner = new Owner();
  #draft: Draft | undefined;
  #state: State;
  #nextOffset: number;
  #sizeBytes = 0;

  constructor(options: GroupOptions<State, Draft, LogRecord>) {
    this.#options = options;
    this.#state = options.state;
    this.epoch = options.epoch;
    this.baseOffset = options.nextOffset;
    this.#nextOffset = options.nextOffset;
  }

  /** Of the records, encoded. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Where the next group begins. */
  get endOffset(): number {
    return this.#nextOffset;
  }

  /** The state with all of the group in it. Nobody may change it any more: the group must be complete. */
  get image(): Image<State> {
    return { state: this.#state, offset: this.#nextOffset - 1, epoch: this.epoch };
  }

  /** Throws only for our own bugs: those of a decision are its caller's answer. */
  add(write: QueuedWrite<State, LogRecord>): void {
    let answer = (): void => {};
    // Parked first: whatever happens from here on, the caller is known.
    this.parked.push({ answer: () => answer(), reject: write.reject });
    const decision = this.#decide(write);
    if (decision instanceof Error) {
      answer = () => write.reject(decision);
      return;
    }
    const { records, response, timers } = decision;
    if (records.length > 0) this.#write(records);
    if (timers !== undefined) this.timers.push(...timers);
    answer = () => write.settle(response);
  }

  #decide(
    write: QueuedWrite<State, LogRecord>,
  ): Exclude<Decision<State, LogRecord, unknown>, { refusal: unknown }> | Error {
    const { epoch, nowMs, random } = this.#options;
    const env = createDecideEnv({ baseOffset: this.#nextOffset, epoch, nowMs }, random);
    try {
      const decision = write.decide(this.#state, env);
      return "refusal" in decision ? decision.refusal : decision;
    } catch (error) {
      if (error instanceof InvariantViolation) throw error;
      return error instanceof Error ? error : new Error("a decision threw", { cause: error });
    }
  }

  #write(records: readonly LogRecord[]): void {
    const { definition, codec, span } = this.#options;
    const baseOffset = this.#nextOffset;
    const offsets = span(records.length);
    const draft = this.#draft ?? definition.draft(this.#state, this.#owner);
    const encoded = records.map((record, i) => {
      definition.replay(draft, record, offsetOfRecord(baseOffset, offsets, i));
      const bytes = codec.encode(record);
      this.#sizeBytes += bytes.length;
      return bytes;
    });
    this.#draft = draft;
    this.#state = definition.seal(draft);
    this.#nextOffset += offsets;
    this.batches.push({ baseOffset, epoch: this.epoch, records: encoded, decoded: records });
  }
}
