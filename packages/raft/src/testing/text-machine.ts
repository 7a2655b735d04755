import type { Entry, SnapshotId } from "../entry.ts";
import type { RaftStateMachine } from "../state-machine.ts";

/** Remembers the texts that were applied, in order, and what it was told. */
export class TextMachine implements RaftStateMachine {
  texts: string[] = [];
  /** The indexes of all entries, raft's own too. */
  readonly applied: number[] = [];
  /** The indexes of the snapshots that it was restored from. */
  readonly restoredAt: number[] = [];

  apply(entries: readonly Entry[]): void {
    for (const { index, kind, payload } of entries) {
      this.applied.push(index);
      if (kind === "data") this.texts.push(Buffer.from(payload).toString());
    }
  }

  snapshot(): AsyncIterable<Uint8Array> {
    const texts = [...this.texts];
    return (async function* () {
      for (const text of texts) yield Buffer.from(text);
    })();
  }

  async restore({ index }: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.texts = [];
    for await (const chunk of chunks) this.texts.push(Buffer.from(chunk).toString());
    this.restoredAt.push(index);
  }
}
