import { type Entry, RaftCommitLog, type RaftNodeOptions, type SnapshotId } from "@millrace/raft";
import { emptyChain, nextChain } from "../ledger/committed-log.ts";
import { slotOf } from "../ledger/log-slot.ts";
import type { GuestHost } from "../raft/guest.ts";

/** A commit log that tells what it applies, and keeps a hash of that, in its snapshots too. */
export class ObservedCommitLog extends RaftCommitLog {
  readonly #host: GuestHost;
  #chain = emptyChain;

  constructor(options: Omit<RaftNodeOptions, "stateMachine">, host: GuestHost) {
    super(options);
    this.#host = host;
  }

  override async apply(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) this.#chain = nextChain(this.#chain, slotOf(entry));
    this.#host.applied(entries);
    await super.apply(entries);
    await this.#host.pause();
  }

  override snapshot(): AsyncIterable<Uint8Array> {
    return withChain(this.#chain, super.snapshot());
  }

  override async restore(snapshot: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const all = chunks[Symbol.asyncIterator]();
    const first = await all.next();
    this.#chain = Number(Buffer.from(first.value).toString());
    await super.restore(snapshot, { [Symbol.asyncIterator]: () => all });
    this.#host.restored(snapshot, this.#chain);
  }
}

async function* withChain(chain: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(String(chain));
  yield* chunks;
}
