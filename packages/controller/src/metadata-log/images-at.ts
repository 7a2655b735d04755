import type { Voter } from "@millrace/raft";
import { Owner } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import { draftOf, type MetadataDraft, sealDraft } from "../image/metadata-draft.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import { emptyMetadata } from "../image/metadata-state.ts";
import { replay } from "../image/replay/replay.ts";
import type { LoggedEntry, LoggedSnapshot } from "./metadata-log.ts";

/** What the log says as of an offset. */
export interface LoggedImage {
  readonly image: MetadataImage;
  /** Raft's own, and so no part of the image. None before the first voter set, which a quorum's first leader writes. */
  readonly voters: readonly Voter[];
}

/**
 * All metadata and the voters as of each of these offsets, undefined being the last one of the log, in one pass over it. Rejects with
 * OFFSET_OUT_OF_RANGE for one that lies behind the log's end, or that a snapshot has replaced.
 */
export async function imagesAt(
  log: AsyncIterable<LoggedSnapshot | LoggedEntry>,
  clusterId: string,
  offsets: readonly (number | undefined)[],
): Promise<LoggedImage[]> {
  const replayed = new ReplayedLog(clusterId);
  const left = new Set(offsets.filter((offset) => offset !== undefined));
  const images = new Map<number | undefined, LoggedImage>();
  const take = (before: number): void => {
    for (const offset of left) {
      if (offset < replayed.first || offset < replayed.offset || offset >= before) continue;
      images.set(offset, replayed.image(offset));
      left.delete(offset);
    }
  };
  for await (const item of log) {
    if (item.kind !== "snapshot") take(item.offset);
    await replayed.apply(item);
  }
  take(replayed.offset + 1);
  images.set(undefined, replayed.image(replayed.offset));
  return offsets.map((offset) => images.get(offset) ?? unreachable(offset!, replayed));
}

function unreachable(asked: number, { first, offset: last }: ReplayedLog): never {
  throw new ApiError("OFFSET_OUT_OF_RANGE", {
    detail: `offset ${asked} cannot be shown: there is metadata from offset ${first} to ${last}`,
  });
}

class ReplayedLog {
  readonly #clusterId: string;
  #draft: MetadataDraft = draftOf(emptyMetadata, new Owner());
  #epoch = 0;
  #voters: readonly Voter[] = [];
  /** The first offset that there is an image of: the snapshot's, else that before the first entry. */
  first = 0;
  /** Of what was applied last. */
  offset = 0;

  constructor(clusterId: string) {
    this.#clusterId = clusterId;
  }

  async apply(item: LoggedSnapshot | LoggedEntry): Promise<void> {
    if (item.kind === "snapshot") {
      this.first = item.offset;
      this.#voters = item.voters ?? [];
      for await (const record of item.records) replay(this.#draft, record, item.offset);
    } else if (item.offset <= this.offset) {
      return; // the snapshot has it
    } else if (item.kind === "data") {
      for (const record of item.records) replay(this.#draft, record, item.offset);
    } else if (item.kind === "voters") {
      this.#voters = item.voters;
    }
    this.offset = item.offset;
    this.#epoch = item.epoch;
  }

  image(offset: number): LoggedImage {
    const state = sealDraft(this.#draft);
    this.#draft = draftOf(state, new Owner());
    const image = new MetadataImage(this.#clusterId, { state, offset, epoch: this.#epoch });
    return { image, voters: this.#voters };
  }
}
