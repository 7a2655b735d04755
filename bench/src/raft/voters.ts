import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface VoterFigures {
  readonly proposalsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type VoterProcess = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

/** Three voters in processes of their own on this machine, with a leader; disposing ends them and removes their logs. */
export class Voters implements AsyncDisposable {
  readonly name: string;
  readonly #processes: readonly VoterProcess[];
  readonly #leader: VoterProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #directory: string;

  private constructor(
    name: string,
    directory: string,
    processes: readonly VoterProcess[],
    leader: VoterProcess,
    lines: AsyncIterator<string>,
  ) {
    this.name = name;
    this.#directory = directory;
    this.#processes = processes;
    this.#leader = leader;
    this.#lines = lines;
  }

  /**
   * `command` is run with ID DIR and three addresses from `firstPort` on, which lies below the ports that Linux hands
   * out itself (32768); it prints "leading" when it leads.
   */
  static async start(name: string, command: readonly string[], firstPort: number): Promise<Voters> {
    const directory = join(tmpdir(), `millrace-bench-${name}-${process.pid}`);
    const addresses = [0, 1, 2].map((at) => `127.0.0.1:${firstPort + at}`);
    const [program = "", ...args] = command;
    const processes: VoterProcess[] = [];
    for (const id of ["1", "2", "3"]) {
      const own = join(directory, id);
      await mkdir(own, { recursive: true });
      processes.push(
        spawn(program, [...args, id, own, ...addresses], { stdio: ["pipe", "pipe", "inherit"] }),
      );
    }
    const leading = processes.map(async (voter) => {
      const lines = createInterface(voter.stdout)[Symbol.asyncIterator]();
      const { value } = await lines.next();
      if (value !== "leading") throw new Error(`${name} ended before it led`);
      return { voter, lines };
    });
    const { voter, lines } = await Promise.any(leading);
    return new Voters(name, directory, processes, voter, lines);
  }

  /** Proposals of `bytes` each, `inFlight` at a time, made in the leader's process. */
  async load(inFlight: number, seconds: number, bytes: number): Promise<VoterFigures> {
    this.#leader.stdin.write(`load ${inFlight} ${seconds} ${bytes}\n`);
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error(`the leader of ${this.name} ended under load`);
    return JSON.parse(value) as VoterFigures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const voter of this.#processes) voter.kill("SIGKILL");
    await rm(this.#directory, { recursive: true, force: true });
  }
}
