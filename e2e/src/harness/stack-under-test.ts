import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type CommandResult, exited, runCommand } from "./command.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const launcher = fileURLToPath(new URL("../../../packages/cli/bin/millrace.js", import.meta.url));

/** What a stack says of one of its processes in `stack.json`. */
export interface ListedProcess {
  readonly nodeId: number;
  readonly roles: readonly string[];
  readonly pid: number | null;
  readonly host: string;
  readonly ports: { readonly kafka: number | null; readonly grpc: number; readonly http: number };
  readonly dataDir: string;
  readonly logFile: string;
}

/** Runs `millrace stack ...` to its end. */
export async function stackCommand(...args: readonly string[]): Promise<CommandResult> {
  return await runCommand(process.execPath, [launcher, "stack", ...args]);
}

/** `millrace stack` in the foreground, on a directory that goes with it; whatever it started is gone at the end. */
export class StackUnderTest implements AsyncDisposable {
  readonly dir: string;
  readonly child: ChildProcess;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #removeDirectory: () => Promise<void>;
  readonly #ready: Promise<void>;

  /** Resolves when it is ready. */
  static async start(...args: readonly string[]): Promise<StackUnderTest> {
    const directory = await temporaryDirectory();
    const dir = join(directory.path, "stack");
    const stack = new StackUnderTest(dir, args, async () => directory[Symbol.asyncDispose]());
    await stack.#ready;
    return stack;
  }

  /** Again in the same directory. The other one is done with; it still removes what it made. */
  async again(): Promise<StackUnderTest> {
    const stack = new StackUnderTest(this.dir, [], async () => {});
    await stack.#ready;
    return stack;
  }

  private constructor(dir: string, args: readonly string[], removeDirectory: () => Promise<void>) {
    this.dir = dir;
    this.#removeDirectory = removeDirectory;
    this.child = spawn(process.execPath, [launcher, "stack", "--data-dir", dir, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#ready.catch(() => {});
    for (const [stream, lines] of [
      [this.child.stdout, this.stdout],
      [this.child.stderr, this.stderr],
    ] as const) {
      if (stream === null) throw new Error("its output is no pipe");
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (line.startsWith("ready")) ready.resolve();
      });
    }
    this.child.once("exit", () => ready.reject(new Error(`no stack:\n${this.stderr.join("\n")}`)));
  }

  get processes(): readonly ListedProcess[] {
    return JSON.parse(readFileSync(join(this.dir, "stack.json"), "utf8")).processes;
  }

  process(nodeId: number): ListedProcess {
    const found = this.processes.find((one) => one.nodeId === nodeId);
    if (found === undefined) throw new Error(`stack.json has no process ${nodeId}`);
    return found;
  }

  /** `host:port`. */
  address(nodeId: number, kind: keyof ListedProcess["ports"]): string {
    const { host, ports } = this.process(nodeId);
    return `${host}:${ports[kind]}`;
  }

  /** `millrace stack ACTION [ID]`, which has to go well; what it printed. */
  async act(action: string, id?: number): Promise<string> {
    const result = await stackCommand(
      action,
      ...(id === undefined ? [] : [String(id)]),
      "--data-dir",
      this.dir,
    );
    if (result.exitCode !== 0) throw new Error(`stack ${action} failed: ${result.stderr}`);
    return result.stdout.toString();
  }

  /** State by node id, as `status` says. */
  async states(): Promise<ReadonlyMap<number, string>> {
    const lines = (await this.act("status")).trimEnd().split("\n");
    return new Map(
      lines.map((line) => {
        const [id = "", , state = ""] = line.split(/ {2,}/);
        return [Number(id), state];
      }),
    );
  }

  /** The controller that says that it is active; undefined when none does, or two. One that stands still says nothing. */
  async activeController(): Promise<number | undefined> {
    const controllers = this.processes.filter(({ roles }) => roles.includes("controller"));
    const metrics = await Promise.all(controllers.map(({ nodeId }) => this.metrics(nodeId)));
    const active = controllers.filter((_, place) =>
      metrics[place]?.includes("\nmillrace_controller_active 1\n"),
    );
    return active.length === 1 ? active[0]?.nodeId : undefined;
  }

  /** What a process answers to Prometheus; "" when it does not. */
  async metrics(nodeId: number): Promise<string> {
    const url = `http://${this.address(nodeId, "http")}/metrics`;
    const answer = fetch(url, { signal: AbortSignal.timeout(1_000) }).then((response) => response.text());
    return await answer.catch(() => "");
  }

  /** Asks the stack to stop, and waits; the exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return (await exited(this.child)).exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await exited(this.child);
    for (const { pid } of this.processes) {
      if (pid !== null && isRunning(pid)) process.kill(pid, "SIGKILL");
    }
    await this.#removeDirectory();
  }
}

/** One that has ended and that nobody has waited for does not run: in a container its new parent may never do that. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)]);
  const state = stdout.toString().trim();
  return state !== "" && !state.startsWith("Z");
}
