import type { Entry, RaftStateMachine, SnapshotId } from "@millrace/raft";
import type { MaybePromise } from "@millrace/runtime";
import { emptyChain, nextChain } from "../ledger/committed-log.ts";
import { slotOf } from "../ledger/log-slot.ts";
import type { RegisterOutput } from "../linearizability/register-model.ts";
import { type Command, decodeCommand } from "./command.ts";

interface RegisterMachineOptions {
  readonly onApplied: (entries: readonly Entry[]) => void;
  /** What a command did, when it was applied. */
  readonly onOutput: (command: Command, output: RegisterOutput) => void;
  readonly onRestored: (snapshot: SnapshotId, chain: number) => void;
  /** Resolves when a slow machine is done with a piece. */
  readonly pause: () => MaybePromise<void>;
}

/** Registers in a chunk of a snapshot: few, so that there are several chunks. */
const registersAChunk = 8;

/** The state machine that simulated quorums replicate: registers by name, and a hash of everything applied. */
export class RegisterMachine implements RaftStateMachine {
  readonly #options: RegisterMachineOptions;
  #registers = new Map<string, string>();
  #chain = emptyChain;

  constructor(options: RegisterMachineOptions) {
    this.#options = options;
  }

  read(key: string): string {
    return this.#registers.get(key) ?? "";
  }

  apply(entries: readonly Entry[]): MaybePromise<void> {
    for (const entry of entries) {
      this.#chain = nextChain(this.#chain, slotOf(entry));
      if (entry.kind === "data") this.#execute(decodeCommand(entry.payload));
    }
    this.#options.onApplied(entries);
    return this.#options.pause();
  }

  /** A generator begins to run when it is first asked, which may be too late: what it writes is taken here. */
  snapshot(): AsyncIterable<Uint8Array> {
    return chunks(this.#chain, [...this.#registers]);
  }

  async restore(snapshot: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: unknown[] = [];
    for await (const chunk of chunks) parts.push(JSON.parse(Buffer.from(chunk).toString()));
    const [chain, ...registers] = parts as [number, ...[string, string][][]];
    this.#chain = chain;
    this.#registers = new Map(registers.flat());
    this.#options.onRestored(snapshot, chain);
  }

  #execute(command: Command): void {
    const { key, input } = command;
    const writes = input.kind === "write" || this.read(key) === input.expected;
    if (writes) this.#registers.set(key, input.value);
    this.#options.onOutput(command, input.kind === "write" ? {} : { wrote: writes });
  }
}

async function* chunks(
  chain: number,
  registers: readonly (readonly [string, string])[],
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(chain));
  for (let i = 0; i < registers.length; i += registersAChunk) {
    yield Buffer.from(JSON.stringify(registers.slice(i, i + registersAChunk)));
  }
}
