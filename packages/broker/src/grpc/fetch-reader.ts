import type { MessageInitShape } from "@bufbuild/protobuf";
import { BatchCursor, lastOffset } from "@millrace/kafka-protocol";
import { offset } from "@millrace/log";
import type { PartitionNewsSchema } from "@millrace/proto/broker";
import { ApiError, toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { itemError } from "../core/admin/admin-item.ts";
import { ledPartition } from "../core/led-partition.ts";
import type { Partition } from "../core/partition.ts";
import type { RequestContext } from "../request-context.ts";
import type { PartitionName } from "./open-partitions.ts";

/** Where a partition's reading starts. */
export interface FetchFrom extends PartitionName {
  readonly handle: number;
  readonly offset: number;
  readonly readCommitted: boolean;
}

/** What one look at a partition gave. */
export interface Push {
  readonly handle: number;
  readonly batches: readonly Buffer[];
  readonly sizeBytes: number;
  /** There are records to send, and the first batch is larger than the room there was. */
  readonly didNotFit: boolean;
  /** What changed besides records; undefined when nothing did. */
  readonly news: MessageInitShape<typeof PartitionNewsSchema> | undefined;
  /** The news say why: nothing more comes. */
  readonly failed: boolean;
  /** Nobody looks at `batches` any more. */
  release(): void;
}

const NOTHING_HELD = (): void => {};

/** Reads one partition forward, and says when it is worth looking again. */
export class FetchReader {
  readonly #broker: Broker;
  readonly #context: RequestContext;
  readonly #from: FetchFrom;
  readonly #onReady: (reader: FetchReader) => void;
  #nextOffset: number;
  #highWatermark = -1;
  #logStartOffset = -1;
  #stopWaiting: (() => void) | undefined;
  #stopped = false;

  constructor(
    broker: Broker,
    context: RequestContext,
    from: FetchFrom,
    onReady: (reader: FetchReader) => void,
  ) {
    this.#broker = broker;
    this.#context = context;
    this.#from = from;
    this.#onReady = onReady;
    this.#nextOffset = from.offset;
  }

  get handle(): number {
    return this.#from.handle;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopWaiting?.();
  }

  /** Reads on from where it was, and calls `onReady` when that may give something again. Never rejects. */
  async read(maxBytes: number, atLeastOneBatch: boolean): Promise<Push> {
    const { handle } = this.#from;
    try {
      const partition = this.#partition();
      // Before reading: a move during a read that waits for the disk must not be missed.
      this.#waitForMove(partition);
      const upTo = this.#from.readCommitted ? "lastStable" : "highWatermark";
      if (this.#nextOffset < 0) throw new ApiError("OFFSET_OUT_OF_RANGE");
      const reading = partition.log.read(offset(this.#nextOffset), { maxBytes, upTo, atLeastOneBatch });
      const read = reading instanceof Promise ? await reading : reading;
      const { batches, sizeInBytes, highWatermark, lastStableOffset, logStartOffset } = read;
      const end = upTo === "lastStable" ? lastStableOffset : highWatermark;
      const didNotFit = sizeInBytes === 0 && this.#nextOffset < end;
      if (sizeInBytes > 0) this.#nextOffset = endOffset(batches.at(-1)!);
      const news = this.#news(highWatermark, logStartOffset);
      const release = () => read.release();
      return { handle, batches, sizeBytes: sizeInBytes, didNotFit, news, failed: false, release };
    } catch (error) {
      const news = { handle, error: itemError(toApiError(error)) };
      const release = NOTHING_HELD;
      return { handle, batches: [], sizeBytes: 0, didNotFit: false, news, failed: true, release };
    }
  }

  /** Looked up every time: the topic may have gone, or come again under its name. */
  #partition(): Partition {
    const { metadata, replicas, authorizer } = this.#broker;
    const { topic, partition } = this.#from;
    if (!authorizer.isAllowed(this.#context, "READ", "topic", topic)) {
      throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
    }
    return ledPartition(metadata.image, replicas, topic, partition);
  }

  #waitForMove(partition: Partition): void {
    this.#stopWaiting?.();
    this.#stopWaiting = partition.whenMoved(() => {
      this.#stopWaiting = undefined;
      if (!this.#stopped) this.#onReady(this);
    });
  }

  #news(highWatermark: number, logStartOffset: number): Push["news"] {
    const moved = this.#highWatermark !== highWatermark;
    const cut = this.#logStartOffset !== logStartOffset;
    if (!moved && !cut) return undefined;
    this.#highWatermark = highWatermark;
    this.#logStartOffset = logStartOffset;
    return {
      handle: this.#from.handle,
      ...(moved && { highWatermark: BigInt(highWatermark) }),
      ...(cut && { logStartOffset: BigInt(logStartOffset) }),
    };
  }
}

/** The offset after the last batch. */
function endOffset(batches: Buffer): number {
  const cursor = new BatchCursor(batches);
  let end = 0;
  while (cursor.next()) end = lastOffset(batches, cursor.at) + 1;
  return end;
}
