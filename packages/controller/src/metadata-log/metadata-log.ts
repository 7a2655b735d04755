import type { MetadataRecord } from "@millrace/proto/metadata";
import {
  decodeVoters,
  type Entry,
  type RaftDirectoryItem,
  readRaftDirectory,
  unframeRecords,
  type Voter,
} from "@millrace/raft";
import type { Disk } from "@millrace/runtime";
import { metadataCodec } from "../image/metadata-definition.ts";

/** One entry of the metadata log: a decision's records, or what raft wrote for itself. */
export type LoggedEntry = { readonly offset: number; readonly epoch: number } & (
  | { readonly kind: "data"; readonly records: readonly MetadataRecord[] }
  /** A leader's first entry. */
  | { readonly kind: "noop" }
  | { readonly kind: "voters"; readonly voters: readonly Voter[] }
);

/** The state up to an offset, inclusive. Its records may be read, once, before the next item is asked for. */
export interface LoggedSnapshot {
  readonly kind: "snapshot";
  readonly offset: number;
  readonly epoch: number;
  /** In force at `offset`; undefined when the log had no voter set until then. */
  readonly voters: readonly Voter[] | undefined;
  readonly records: AsyncIterable<MetadataRecord>;
}

/**
 * The metadata log of a node as it lies in its directory, which a running node may own: the snapshot, if any, then the
 * entries that are kept, some of which it may cover. Entries at the very end need not be committed: a leader may still
 * replace them. Throws what `readRaftDirectory` of `@millrace/raft` does.
 */
export async function* metadataLog(
  disk: Disk,
  directory: string,
): AsyncGenerator<LoggedSnapshot | LoggedEntry> {
  for await (const item of readRaftDirectory(disk, directory)) {
    if (item.type === "snapshot") yield loggedSnapshot(item);
    else if (item.type === "entry") yield loggedEntry(item.entry);
  }
}

function loggedSnapshot({ id, chunks }: Extract<RaftDirectoryItem, { type: "snapshot" }>): LoggedSnapshot {
  const records = (async function* () {
    for await (const chunk of chunks) {
      for (const bytes of unframeRecords(chunk)) yield metadataCodec.decode(bytes);
    }
  })();
  return { kind: "snapshot", offset: id.index, epoch: id.term, voters: id.voters, records };
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
