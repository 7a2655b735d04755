import { assert } from "@millrace/runtime";
import { checkLinearizable } from "./check-linearizable.ts";
import type { Operation, SequentialModel } from "./model.ts";

/** One call on its way. Ended once, in one of three ways. */
export interface OpenCall<Output> {
  answered(output: Output | undefined): void;
  /** Nobody knows what became of it. */
  lost(): void;
  /** It certainly did not happen. */
  refused(): void;
}

interface Tracked<Input, Output> {
  readonly name: string;
  readonly operations: Operation<Input, Output>[];
  open: number;
  lost: number;
}

export interface ObjectHistoryOptions {
  /** Used at one time. */
  readonly objects: number;
  /** One with so many operations is left alone, and its history checked. */
  readonly operationsMax: number;
  /** The same for operations of unknown fate, which make a history hard to check. */
  readonly lostMax: number;
  readonly violate: (message: string) => void;
}

/** What an object is to its history. */
interface ObjectKind<State, Input, Output> {
  /** Of all of them: "register". Names are its first letter and a number. */
  readonly noun: string;
  readonly model: SequentialModel<State, Input, Output>;
  /** A call without an answer that changed nothing is forgotten. */
  readonly changes: (input: Input) => boolean;
}

/** What clients saw, object by object: each history is checked when its object is left for a new one. */
export class ObjectHistory<State, Input, Output> {
  readonly #kind: ObjectKind<State, Input, Output>;
  readonly #options: ObjectHistoryOptions;
  readonly #current: Tracked<Input, Output>[] = [];
  readonly #leaving = new Set<Tracked<Input, Output>>();
  #made = 0;
  /** Orders calls and answers; each has its own. */
  #now = 0;
  #answered = 0;

  constructor(kind: ObjectKind<State, Input, Output>, options: ObjectHistoryOptions) {
    this.#kind = kind;
    this.#options = options;
    for (let i = 0; i < options.objects; i += 1) this.#current.push(this.#fresh());
  }

  get answered(): number {
    return this.#answered;
  }

  /** The name of the object in use at `slot`, from 0. */
  nameAt(slot: number): string {
    return (this.#current[slot % this.#current.length] as Tracked<Input, Output>).name;
  }

  call(client: string, name: string, input: Input): OpenCall<Output> {
    const tracked = this.#current.find((candidate) => candidate.name === name);
    assert(tracked !== undefined, "a call of an object that is not in use");
    this.#now += 1;
    const calledAt = this.#now;
    tracked.open += 1;
    return {
      answered: (output) => {
        this.#now += 1;
        this.#answered += 1;
        this.#end(tracked, { client, input, calledAt, answeredAt: this.#now, output });
      },
      lost: () => {
        if (!this.#kind.changes(input)) return this.#end(tracked, undefined); // it changed nothing
        tracked.lost += 1;
        this.#end(tracked, {
          client,
          input,
          calledAt,
          answeredAt: Number.POSITIVE_INFINITY,
          output: undefined,
        });
      },
      refused: () => this.#end(tracked, undefined),
    };
  }

  /** Checks all that is not checked yet. Every call has to have ended. */
  checkAll(): void {
    for (const tracked of [...this.#leaving, ...this.#current]) {
      assert(tracked.open === 0, "a call is still open");
      this.#check(tracked);
    }
  }

  #end(tracked: Tracked<Input, Output>, operation: Operation<Input, Output> | undefined): void {
    tracked.open -= 1;
    if (operation !== undefined) tracked.operations.push(operation);
    const { operationsMax, lostMax } = this.#options;
    const slot = this.#current.indexOf(tracked);
    if (slot >= 0 && (tracked.operations.length >= operationsMax || tracked.lost >= lostMax)) {
      this.#current[slot] = this.#fresh();
      this.#leaving.add(tracked);
    }
    if (tracked.open === 0 && this.#leaving.delete(tracked)) this.#check(tracked);
  }

  #check({ name, operations }: Tracked<Input, Output>): void {
    const result = checkLinearizable(this.#kind.model, operations);
    if (result.isLinearizable) return;
    const isExplained = new Set(result.explained);
    const lines = operations.map(
      (operation, i) => `${isExplained.has(i) ? " " : "?"} ${describe(operation)}`,
    );
    this.#options.violate(`no order explains ${this.#kind.noun} ${name}:\n${lines.join("\n")}`);
  }

  #fresh(): Tracked<Input, Output> {
    this.#made += 1;
    return { name: `${this.#kind.noun.charAt(0)}${this.#made}`, operations: [], open: 0, lost: 0 };
  }
}

function describe({ client, input, calledAt, answeredAt, output }: Operation<unknown, unknown>): string {
  return `${calledAt}-${answeredAt} ${client} ${JSON.stringify(input)} ${JSON.stringify(output ?? "unknown")}`;
}
