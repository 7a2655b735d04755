import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type CommandResult, exited, runCommand } from "../harness/index.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const launcher = `${root}packages/cli/bin/millrace.js`;
export const anyPorts = ["--kafka-port", "0", "--grpc-port", "0", "--http-port", "0"];

/** Runs `millrace` to its end: for what is refused. */
export async function millrace(args: readonly string[]): Promise<CommandResult> {
  return await runCommand(process.execPath, [launcher, ...args], { timeoutMs: 20_000 });
}

/** `millrace start` by itself, or by `npm start`; both in a process group of their own, as a terminal starts them. */
export class Launched implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly #ready: Promise<void>;

  constructor(how: "millrace start" | "npm start", args: readonly string[]) {
    const [command, ...before] =
      how === "npm start" ? ["npm", "start", "--silent", "--"] : [process.execPath, launcher, "start"];
    this.child = spawn(command ?? "", [...before, ...args, "--log-level", "error"], {
      cwd: root,
      detached: true,
      // Were standard error handed on, a run of tests could not end before each process that one of them lost.
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stderr?.pipe(process.stderr);
    if (this.child.stdout === null) throw new Error("standard output is no pipe");
    const output = createInterface({ input: this.child.stdout });
    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    output.on("line", (line) => {
      this.lines.push(line);
      if (line.startsWith("ready")) ready.resolve();
    });
    output.on("close", () => ready.reject(new Error(`ended before it was ready:\n${this.lines.join("\n")}`)));
    this.#ready.catch(() => {});
  }

  async untilReady(): Promise<this> {
    await this.#ready;
    return this;
  }

  /** Sends a signal to the process that was started, or to its whole group. */
  signal(signal: NodeJS.Signals, to: "process" | "group"): void {
    const { pid } = this.child;
    if (pid === undefined) throw new Error("it has no process id");
    process.kill(to === "group" ? -pid : pid, signal);
  }

  /** Resolves with the exit code when the process has ended, and everything that held its standard output. */
  async exitCode(): Promise<number | null> {
    const { exitCode } = await exited(this.child);
    if (this.child.stdout !== null && !this.child.stdout.closed) await once(this.child.stdout, "close");
    return exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.signal("SIGKILL", "group");
    } catch {
      // It is gone already.
    }
    await exited(this.child);
  }
}
