import type { MetadataRecord } from "@millrace/proto/metadata";
import { decodeVoters, type Entry, type RaftStorage, unframeRecords, type Voter } from "@millrace/raft";
import { Owner } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import { metadataCodec } from "../image/metadata-definition.ts";
import { draftOf, sealDraft } from "../image/metadata-draft.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import { emptyMetadata, type MetadataState } from "../image/metadata-state.ts";
import { replay } from "../image/replay/replay.ts";

/** A node's log and snapshot, to be read only. */
export type MetadataLogSource = Pick<RaftStorage, "initial" | "read" | "loadSnapshot">;

/** One entry of the metadata log: a decision's records, or what raft wrote for itself. */
export type LoggedEntry = { readonly offset: number; readonly epoch: number } & (
  | { readonly kind: "data"; readonly records: readonly MetadataRecord[] }
  /** A leader's first entry. */
  | { readonly kind: "noop" }
  | { readonly kind: "voters"; readonly voters: readonly Voter[] }
);

export interface OffsetRange {
  /** Inclusive; where the log begins when left out. */
  readonly from?: number | undefined;
  /** Inclusive; where the log ends when left out. */
  readonly to?: number | undefined;
}

const READ_BYTES_MAX = 1024 * 1024;

/**
 * The metadata log of a node as it lies on disk. Entries at its very end need not be committed: a leader may still
 * replace them.
 */
export class MetadataLogReader {
  readonly #source: MetadataLogSource;

  constructor(source: MetadataLogSource) {
    this.#source = source;
  }

  /** Of the first entry that is kept; everything before it is in the snapshot. */
  get firstOffset(): number {
    return this.#source.initial.firstIndex;
  }

  get lastOffset(): number {
    return this.#source.initial.lastIndex;
  }

  /** Undefined when there is none. */
  get snapshotOffset(): number | undefined {
    return this.#source.initial.snapshot?.index;
  }

  async *entries({
    from = this.firstOffset,
    to = this.lastOffset,
  }: OffsetRange = {}): AsyncGenerator<LoggedEntry> {
    const last = Math.min(to, this.lastOffset);
    for (let next = Math.max(from, this.firstOffset); next <= last; ) {
      const entries = await this.#source.read(next, last, READ_BYTES_MAX);
      if (entries.length === 0) throw gone(next);
      for (const entry of entries) yield loggedEntry(entry);
      next = entries.at(-1)!.index + 1;
    }
  }

  /** Records of the snapshot; none when there is no snapshot. */
  async *snapshotRecords(): AsyncGenerator<MetadataRecord> {
    const snapshot = await this.#source.loadSnapshot();
    for await (const chunk of snapshot?.chunks ?? []) {
      for (const bytes of unframeRecords(chunk)) yield metadataCodec.decode(bytes);
    }
  }

  /** All metadata as of an offset: the snapshot and what follows it. Rejects with OFFSET_OUT_OF_RANGE. */
  async imageAt(offset: number, clusterId: string): Promise<MetadataImage> {
    this.#checkReachable(offset);
    const base = this.snapshotOffset ?? 0;
    let { term: epoch } = this.#source.initial.snapshot ?? { term: 0 };
    const draft = draftOf(emptyMetadata, new Owner());
    for await (const record of this.snapshotRecords()) replay(draft, record, base);
    for await (const entry of this.entries({ from: base + 1, to: offset })) {
      epoch = entry.epoch;
      if (entry.kind !== "data") continue;
      for (const record of entry.records) replay(draft, record, entry.offset);
    }
    const state: MetadataState = sealDraft(draft);
    return new MetadataImage(clusterId, { state, offset, epoch });
  }

  #checkReachable(offset: number): void {
    const first = this.snapshotOffset ?? 0;
    if (offset >= first && offset <= this.lastOffset) return;
    throw new ApiError("OFFSET_OUT_OF_RANGE", {
      detail: `offset ${offset} cannot be shown: this directory has the metadata from offset ${first} to ${this.lastOffset}`,
    });
  }
}

function loggedEntry({ index: offset, term: epoch, kind, payload }: Entry): LoggedEntry {
  switch (kind) {
    case "noop":
      return { offset, epoch, kind };
    case "voters":
      return { offset, epoch, kind, voters: decodeVoters(payload) };
    default: {
      const records = unframeRecords(payload).map((bytes) => metadataCodec.decode(bytes));
      return { offset, epoch, kind, records };
    }
  }
}

function gone(offset: number): ApiError {
  return new ApiError("OFFSET_OUT_OF_RANGE", {
    detail: `offset ${offset} is gone from the log: the node compacted it meanwhile, try again`,
  });
}
