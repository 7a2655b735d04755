import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MetadataFeedRequest, MetadataFeedResponseSchema } from "@millrace/proto/controller";
import type { MetadataRecord } from "@millrace/proto/metadata";
import { type Commit, encodeChunk, type Image } from "@millrace/replicated-state";
import type { Clock, Executor, Timer } from "@millrace/runtime";
import { metadataCodec } from "../image/metadata-definition.ts";
import type { MetadataState } from "../image/metadata-state.ts";
import { snapshotRecords } from "../image/snapshot-records.ts";
import { RecentCommits, type RecentCommitsLimits } from "./recent-commits.ts";

export const defaultFeedLimits: RecentCommitsLimits = { itemsMax: 10_000, bytesMax: 8 * 1024 * 1024 };

/** Between two signs of life to whoever has everything, in milliseconds. An observer bears the lack of several. */
const HEARTBEAT_INTERVAL_MS = 500;

/** Aimed at; a single record may be larger. */
const MESSAGE_BYTES = 256 * 1024;

type FeedMessage = MessageInitShape<typeof MetadataFeedResponseSchema>;

export interface MetadataFeedOptions {
  readonly image: () => Image<MetadataState>;
  readonly executor: Executor;
  /** Liveness. */
  readonly clock: Clock;
  /** Whether this controller leads or hears from who does: one that is cut off is as good as silent. */
  readonly isCurrent: () => boolean;
  readonly limits: RecentCommitsLimits;
  readonly onSnapshot: () => void;
}

/** Hands the committed log to whoever follows it, from the offset that he has applied. */
export class MetadataFeed {
  readonly #options: MetadataFeedOptions;
  readonly #recent: RecentCommits;
  #subscribers = 0;
  /** One for all who wait. */
  #heartbeat: Timer | undefined;

  constructor(options: MetadataFeedOptions) {
    this.#options = options;
    this.#recent = new RecentCommits(options.limits);
    this.#recent.restart(options.image().offset);
  }

  get subscribers(): number {
    return this.#subscribers;
  }

  onCommit({ image, batches }: Commit<MetadataState, MetadataRecord>): void {
    if (batches === undefined) {
      this.#recent.restart(image.offset);
      return;
    }
    // A decision's records share one offset, and what raft writes for itself gets its own even when both are committed
    // at once: at another controller they were not, and who comes from there must get no record twice.
    for (const { baseOffset, epoch, records } of batches) {
      this.#recent.push({ lastOffset: baseOffset, epoch, records });
    }
    if (this.#recent.endOffset < image.offset) {
      this.#recent.push({ lastOffset: image.offset, epoch: image.epoch, records: [] });
    }
  }

  /** Ends only with the signal. A follower that is ahead of this node waits until it has caught up. */
  async *follow(request: MetadataFeedRequest, signal: AbortSignal): AsyncGenerator<FeedMessage> {
    let applied = Number(request.appliedOffset);
    if (this.#subscribers++ === 0) this.#beat();
    try {
      for (;;) {
        signal.throwIfAborted();
        if (applied < this.#recent.startOffset) {
          const image = this.#options.image();
          yield* this.#snapshot(image, signal);
          applied = image.offset;
        }
        if (applied < this.#recent.startOffset) continue; // dropped meanwhile: a newer snapshot
        if (applied >= this.#recent.endOffset) {
          if ((await this.#recent.changed(signal)) === "heartbeat") yield { heartbeat: true };
          continue;
        }
        const commits = this.#recent.after(applied, MESSAGE_BYTES);
        const { lastOffset, epoch } = commits.at(-1)!;
        yield { lastOffset: BigInt(lastOffset), epoch, records: commits.flatMap(({ records }) => records) };
        applied = lastOffset;
      }
    } finally {
      if (--this.#subscribers === 0) this.#heartbeat?.cancel();
    }
  }

  #beat(): void {
    this.#heartbeat = this.#options.clock.setTimer(HEARTBEAT_INTERVAL_MS, () => {
      if (this.#options.isCurrent()) this.#recent.wake("heartbeat");
      this.#beat();
    });
  }

  /** An image never changes, so it can be sent as slowly as the follower reads. */
  async *#snapshot(image: Image<MetadataState>, signal: AbortSignal): AsyncGenerator<FeedMessage> {
    this.#options.onSnapshot();
    const { offset, epoch, state } = image;
    const source = snapshotRecords(state);
    const nextChunk = (): Promise<Uint8Array[]> =>
      this.#options.executor.run(encodeChunk(source, metadataCodec, MESSAGE_BYTES), { signal });
    let chunk = await nextChunk();
    for (let first = true; ; first = false) {
      const following = chunk.length === 0 ? [] : await nextChunk();
      const last = following.length === 0;
      yield { lastOffset: BigInt(offset), epoch, records: chunk, snapshot: { first, last } };
      if (last) return;
      chunk = following;
    }
  }
}
