import type { ByteBudget } from "@millrace/runtime";
import { backingBytes } from "../core/backing-bytes.ts";
import type { FetchReader, Push } from "./fetch-reader.ts";

/** What the reads of one message hold of the byte budget, from before the disk is asked until they were copied. */
export class HeldReads {
  readonly #budget: ByteBudget;
  readonly #pushes: Push[] = [];
  #bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Reads at most `maxBytes`, and no more than the process has room for; but a batch however large it is, if asked. */
  async read(reader: FetchReader, maxBytes: number, atLeastOneBatch: boolean): Promise<Push> {
    const roomBytes = Math.min(maxBytes, Math.max(0, this.#budget.limitBytes - this.#budget.usedBytes));
    // Others count on what is left while this one waits for the disk.
    this.#budget.takeOverLimit(roomBytes);
    const push = await reader.read(roomBytes, atLeastOneBatch);
    this.#budget.give(roomBytes);
    const bytes = backingBytes(push.batches);
    this.#budget.takeOverLimit(bytes);
    this.#bytes += bytes;
    this.#pushes.push(push);
    return push;
  }

  /** Nobody looks at what was read any more. */
  release(): void {
    for (const push of this.#pushes.splice(0)) push.release();
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
