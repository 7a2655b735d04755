import { assert } from "@millrace/runtime";
import { checkLinearizable } from "./check-linearizable.ts";
import type { Operation } from "./model.ts";
import { type RegisterInput, type RegisterOutput, registerModel } from "./register-model.ts";

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

/** One call on its way. Ended once, in one of three ways. */
export interface OpenCall {
  answered(output: RegisterOutput | undefined): void;
  /** Nobody knows what became of it. */
  lost(): void;
  /** It certainly did not happen. */
  refused(): void;
}

interface Register {
  readonly name: string;
  readonly operations: RegisterOperation[];
  open: number;
  lost: number;
}

interface HistoryOptions {
  /** Used at one time. */
  readonly registers: number;
  /** A register with so many operations is left alone, and its history checked. */
  readonly operationsMax: number;
  /** The same for operations of unknown fate, which make a history hard to check. */
  readonly lostMax: number;
  readonly violate: (message: string) => void;
}

/** What clients saw, register by register: each history is checked when its register is left for a new one. */
export class RegisterHistory {
  readonly #options: HistoryOptions;
  readonly #current: Register[] = [];
  readonly #leaving = new Set<Register>();
  #made = 0;
  /** Orders calls and answers; each has its own. */
  #now = 0;
  #answered = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    for (let i = 0; i < options.registers; i += 1) this.#current.push(this.#fresh());
  }

  get answered(): number {
    return this.#answered;
  }

  /** The name of the register in use at `slot`, from 0. */
  register(slot: number): string {
    return (this.#current[slot % this.#current.length] as Register).name;
  }

  call(client: string, name: string, input: RegisterInput): OpenCall {
    const register = this.#current.find((candidate) => candidate.name === name);
    assert(register !== undefined, "a call of a register that is not in use");
    this.#now += 1;
    const calledAt = this.#now;
    register.open += 1;
    return {
      answered: (output) => {
        this.#now += 1;
        this.#answered += 1;
        this.#end(register, { client, input, calledAt, answeredAt: this.#now, output });
      },
      lost: () => {
        if (input.kind === "read") return this.#end(register, undefined); // it changed nothing
        register.lost += 1;
        this.#end(register, {
          client,
          input,
          calledAt,
          answeredAt: Number.POSITIVE_INFINITY,
          output: undefined,
        });
      },
      refused: () => this.#end(register, undefined),
    };
  }

  /** Checks all that is not checked yet. Every call has to have ended. */
  checkAll(): void {
    for (const register of [...this.#leaving, ...this.#current]) {
      assert(register.open === 0, "a call is still open");
      this.#check(register);
    }
  }

  #end(register: Register, operation: RegisterOperation | undefined): void {
    register.open -= 1;
    if (operation !== undefined) register.operations.push(operation);
    const { operationsMax, lostMax } = this.#options;
    const slot = this.#current.indexOf(register);
    if (slot >= 0 && (register.operations.length >= operationsMax || register.lost >= lostMax)) {
      this.#current[slot] = this.#fresh();
      this.#leaving.add(register);
    }
    if (register.open === 0 && this.#leaving.delete(register)) this.#check(register);
  }

  #check({ name, operations }: Register): void {
    const result = checkLinearizable(registerModel, operations);
    if (result.isLinearizable) return;
    const isExplained = new Set(result.explained);
    const lines = operations.map(
      (operation, i) => `${isExplained.has(i) ? " " : "?"} ${describe(operation)}`,
    );
    this.#options.violate(`no order explains register ${name}:\n${lines.join("\n")}`);
  }

  #fresh(): Register {
    this.#made += 1;
    return { name: `r${this.#made}`, operations: [], open: 0, lost: 0 };
  }
}

function describe({ client, input, calledAt, answeredAt, output }: RegisterOperation): string {
  return `${calledAt}-${answeredAt} ${client} ${JSON.stringify(input)} ${JSON.stringify(output ?? "unknown")}`;
}
