import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));

/** A run of the command as it was built, from its start to its end. */
export class Command implements AsyncDisposable {
  readonly process: ChildProcess;
  /** Its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, [launcher, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.process.stdout?.on("data", (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.process.stderr?.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.exited = once(this.process, "close").then(([code]) => code);
  }

  get stdout(): readonly string[] {
    return this.#stdout.split("\n").slice(0, -1);
  }

  get stderr(): readonly string[] {
    return this.#stderr.split("\n").slice(0, -1);
  }

  /** `host:port` of its listener of that kind. Rejects when it ends before it is ready. */
  async address(scheme: "kafka" | "grpc" | "http"): Promise<string> {
    while (!this.stdout.some((line) => line.startsWith("ready"))) {
      const more = once(this.process.stdout!, "data");
      const code = await Promise.race([more, this.exited]);
      if (!Array.isArray(code)) throw new Error(`ended with ${code}: ${this.#stderr}`);
    }
    const line = this.stdout.find((one) => one.startsWith(`${scheme}://`));
    return line?.slice(scheme.length + 3) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exited;
  }
}

/** `millrace start` on free ports. */
export const start = (args: readonly string[], env?: Readonly<Record<string, string>>): Command =>
  new Command(
    ["start", "--kafka-port", "0", "--grpc-port", "0", "--http-port", "0", "--log-level", "error", ...args],
    env,
  );
