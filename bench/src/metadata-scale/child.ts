import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Answer } from "./commands.ts";

/** A process of the cluster that is measured. */
export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;

  /** Resolves when the program says that it is ready, with what it says. */
  static async start<Ready>(
    program: string,
    options: unknown,
    { execArgv = [] }: { readonly execArgv?: readonly string[] } = {},
  ): Promise<{ readonly child: Child; readonly ready: Ready }> {
    const path = new URL(program, import.meta.url);
    const child = new Child(fork(path, [JSON.stringify(options)], { execArgv: [...execArgv] }));
    return { child, ready: (await child.#answer(0)) as Ready };
  }

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.pid = process.pid ?? -1;
    process.on("message", (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("error" in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.result);
    });
    process.on("exit", (code, signal) => {
      const error = new Error(`process ${this.pid} ended: ${signal ?? code}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  async ask<Result>(name: string): Promise<Result> {
    const id = this.#nextId++;
    this.#process.send({ id, name });
    return (await this.#answer(id)) as Result;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#exit(() => this.#process.kill("SIGKILL"));
  }

  /** Lets the process exit by itself, so that it leaves its profile. */
  async end(): Promise<void> {
    await this.#exit(() => this.#process.disconnect());
  }

  async #exit(ask: () => void): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    ask();
    await exited;
  }

  #answer(id: number): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }
}
