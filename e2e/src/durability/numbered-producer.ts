import { createInterface } from "node:readline";
import { exited, startPython } from "../harness/index.ts";

/** librdkafka's idempotent producer, in a process of its own, sending 0, 1, 2, ... until it is stopped. */
export class NumberedProducer implements AsyncDisposable {
  /** Numbers that were acknowledged, with their offsets. */
  readonly acknowledged = new Map<number, number>();
  readonly #child: ReturnType<typeof startPython>;

  constructor(bootstrap: string, topic: string, args: readonly string[] = []) {
    this.#child = startPython("produce_numbered", ["--bootstrap", bootstrap, "--topic", topic, ...args]);
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const [number, offset] = line.split(" ").map(Number);
      if (number !== undefined && offset !== undefined) this.acknowledged.set(number, offset);
    });
  }

  /** Lets it flush, and resolves with its exit code: 0 when nothing that it took was given up. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return (await exited(this.#child)).exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await exited(this.#child);
  }
}
