import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { exited } from "./command.ts";

const launcher = fileURLToPath(new URL("../../../packages/cli/bin/millrace.js", import.meta.url));

export interface MillraceProcessOptions {
  readonly dataDir: string;
  /** Any free ones when left out; a restart for clients that go on takes the ports from before. */
  readonly ports?: Ports;
  /** More flags of `millrace start`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ports {
  readonly kafka: number;
  readonly grpc: number;
}

/** A combined node in a process of its own, as `npm start` runs it. */
export class MillraceProcess {
  readonly child: ChildProcess;
  /** `host:port` of each listener, from the lines it prints. */
  readonly kafka: string;
  readonly grpc: string;
  readonly http: string;
  readonly #log: string[];

  private constructor(child: ChildProcess, addresses: ReadonlyMap<string, string>, log: string[]) {
    this.child = child;
    this.kafka = addressOf(addresses, "kafka");
    this.grpc = addressOf(addresses, "grpc");
    this.http = addressOf(addresses, "http");
    this.#log = log;
  }

  /** Resolves at the `ready` line; rejects with all it printed when it ends before that. */
  static async start(options: MillraceProcessOptions): Promise<MillraceProcess> {
    const args = [
      "start",
      "--data-dir",
      options.dataDir,
      "--kafka-port",
      String(options.ports?.kafka ?? 0),
      "--grpc-port",
      String(options.ports?.grpc ?? 0),
      "--http-port",
      "0",
    ];
    const child = spawn(process.execPath, [launcher, ...args, ...(options.args ?? [])], {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
    const addresses = new Map<string, string>();
    for await (const line of createInterface({ input: child.stdout })) {
      log.push(line);
      const listener = /^(kafka|grpc|http):\/\/(\S+)$/.exec(line);
      if (listener?.[1] !== undefined && listener[2] !== undefined) addresses.set(listener[1], listener[2]);
      if (line.startsWith("ready")) {
        child.stdout.resume();
        return new MillraceProcess(child, addresses, log);
      }
    }
    const { exitCode } = await exited(child);
    throw new Error(`millrace ended with ${exitCode} before it was ready:\n${log.join("\n")}`);
  }

  /** What it printed so far, a line each. */
  get log(): readonly string[] {
    return this.#log;
  }

  get ports(): Ports {
    return { kafka: portOf(this.kafka), grpc: portOf(this.grpc) };
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("millrace has no process id");
    return this.child.pid;
  }

  /** Asks it to stop and waits; the exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return (await exited(this.child)).exitCode;
  }

  /** Ends it as a power cut would end the process, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await exited(this.child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

function addressOf(addresses: ReadonlyMap<string, string>, scheme: string): string {
  const address = addresses.get(scheme);
  if (address === undefined) throw new Error(`millrace printed no ${scheme}:// line before it was ready`);
  return address;
}
