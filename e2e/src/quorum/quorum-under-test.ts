import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launcher, mustRun, StackUnderTest, waitUntil } from "../harness/index.ts";

/** One record of the metadata log, as `millrace metadata dump --json` prints it. */
export interface LoggedRecord {
  readonly offset: number;
  readonly epoch: number;
  readonly type: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** The first broker of a stack. */
export const BROKER = 101;

/** The controllers of a stack, by what each says of itself and by what lies on its disk. */
export class QuorumUnderTest implements AsyncDisposable {
  readonly stack: StackUnderTest;

  private constructor(stack: StackUnderTest) {
    this.stack = stack;
  }

  /** Three controllers and a broker; `args` are more flags of `millrace stack`. */
  static async start(...args: readonly string[]): Promise<QuorumUnderTest> {
    return new QuorumUnderTest(await StackUnderTest.start("--controllers", "3", "--brokers", "1", ...args));
  }

  get controllers(): readonly number[] {
    const { processes } = this.stack;
    return processes.filter(({ roles }) => roles.includes("controller")).map(({ nodeId }) => nodeId);
  }

  /** Where the broker serves Kafka's protocol. */
  get bootstrap(): string {
    return this.stack.address(BROKER, "kafka");
  }

  /** Waits until exactly one of those that answer is active. */
  async active(): Promise<number> {
    return await waitUntil(() => this.stack.activeController(), { until: "one controller is active" });
  }

  /** Up to which offset a controller has applied; -1 when it does not say. */
  async offset(nodeId: number): Promise<number> {
    const metrics = await this.stack.metrics(nodeId);
    return Number(/^millrace_controller_metadata_offset (\d+)$/m.exec(metrics)?.[1] ?? -1);
  }

  /** Waits until these have applied what was committed when this was called. */
  async caughtUp(controllers: readonly number[] = this.controllers): Promise<void> {
    const goal = await this.offset(await this.active());
    await waitUntil(
      async () => (await Promise.all(controllers.map((id) => this.offset(id)))).every((at) => at >= goal),
      { until: `controllers ${controllers.join()} have caught up to ${goal}` },
    );
  }

  /** Ends it as a power cut would end the process, and resolves as soon as it has the signal. */
  kill(nodeId: number): void {
    this.#signal(nodeId, "SIGKILL");
  }

  pause(nodeId: number): void {
    this.#signal(nodeId, "SIGSTOP");
  }

  resume(nodeId: number): void {
    this.#signal(nodeId, "SIGCONT");
  }

  /** Resolves when it is ready: it has then applied what the quorum had committed. */
  async restart(nodeId: number): Promise<void> {
    await this.stack.act("restart", nodeId);
  }

  /** Of its data directory as it is now. */
  directoryId(nodeId: number): string {
    return directoryIdOf(this.stack.process(nodeId).dataDir);
  }

  /** What lies on its disk, from the first record that it keeps; of a node that runs or not. */
  async dump(nodeId: number): Promise<readonly LoggedRecord[]> {
    return await dumpOf(this.stack.process(nodeId).dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }

  #signal(nodeId: number, signal: NodeJS.Signals): void {
    const { pid } = this.stack.process(nodeId);
    if (pid === null) throw new Error(`controller ${nodeId} does not run`);
    process.kill(pid, signal);
  }
}

/** The metadata log in a data directory. */
export async function dumpOf(dataDir: string): Promise<readonly LoggedRecord[]> {
  const args = [launcher, "metadata", "dump", "--json", "--data-dir", dataDir];
  const lines = (await mustRun(process.execPath, args)).toString().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as LoggedRecord);
}

export const directoryIdOf = (dataDir: string): string => propertyOf(dataDir, "directory.id");
export const clusterIdOf = (dataDir: string): string => propertyOf(dataDir, "cluster.id");

function propertyOf(dataDir: string, name: string): string {
  const properties = readFileSync(join(dataDir, "meta.properties"), "utf8").split("\n");
  return properties.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}
