import type { LogIndex } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import type { RaftLimits } from "./raft-node-options.ts";

interface Taken {
  readonly lastIndex: LogIndex;
  readonly entries: number;
  readonly bytes: number;
}

/** Bounds what was proposed here and is not applied yet. Raft's own entries always fit. */
export class ProposalRoom {
  readonly #limits: RaftLimits;
  /** In the order of their indexes. */
  #taken: Taken[] = [];
  #entries = 0;
  #bytes = 0;

  constructor(limits: RaftLimits) {
    this.#limits = limits;
  }

  /** Throws the `RaftError` that a proposal of these payloads meets, if any. */
  check(payloads: readonly Uint8Array[]): void {
    const { entryBytesMax, pendingBytesMax, pendingEntriesMax } = this.#limits;
    if (payloads.length === 0) throw new RaftError("NO_ENTRIES");
    if (payloads.some((payload) => payload.length > entryBytesMax)) throw new RaftError("ENTRY_TOO_LARGE");
    // With nothing pending a proposal of any size is taken, or one beyond the bound could never be made.
    if (this.#taken.length === 0) return;
    const bytes = this.#bytes + bytesOf(payloads);
    if (this.#entries + payloads.length > pendingEntriesMax || bytes > pendingBytesMax) {
      throw new RaftError("PENDING_FULL");
    }
  }

  take(lastIndex: LogIndex, payloads: readonly Uint8Array[]): void {
    const taken = { lastIndex, entries: payloads.length, bytes: bytesOf(payloads) };
    this.#taken.push(taken);
    this.#entries += taken.entries;
    this.#bytes += taken.bytes;
  }

  applied(index: LogIndex): void {
    const end = this.#taken.findIndex(({ lastIndex }) => lastIndex > index);
    for (const { entries, bytes } of this.#taken.splice(0, end === -1 ? this.#taken.length : end)) {
      this.#entries -= entries;
      this.#bytes -= bytes;
    }
  }

  /** This node leads no longer: what was proposed is in the hands of the next leader. */
  clear(): void {
    this.#taken = [];
    this.#entries = 0;
    this.#bytes = 0;
  }
}

function bytesOf(payloads: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const payload of payloads) bytes += payload.length;
  return bytes;
}
