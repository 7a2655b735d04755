import {
  BatchCursor,
  baseOffset,
  lastOffset,
  lastOffsetDelta,
  magic,
  NO_PRODUCER_ID,
  producerId,
  RECORD_BATCH_MAGIC,
} from "@millrace/kafka-protocol";
import { ApiError, assert } from "@millrace/runtime";
import type { AppendOrigin } from "./partition-log.ts";
import type { BatchMetadata } from "./producer-state/producer-entry.ts";
import type { ProducerStage, ProducerState } from "./producer-state/producer-state.ts";

export interface AppendCheck {
  readonly origin: AppendOrigin;
  /** What the first record gets. */
  readonly nextOffset: number;
  readonly producers: ProducerState;
  /** Replicated batches may skip offsets: the leader's compaction took records out. */
  readonly gapsAllowed: boolean;
}

/**
 * Everything that may refuse an append, before any of it takes effect. Answers the batch that a client repeats: then
 * nothing is to be appended.
 */
export function checkAppend(batches: Buffer, check: AppendCheck): BatchMetadata | undefined {
  const replicated = check.origin === "replication";
  let { nextOffset } = check;
  let stage: ProducerStage | undefined;
  const cursor = new BatchCursor(batches);
  while (cursor.next()) {
    const { at } = cursor;
    assert(magic(batches, at) === RECORD_BATCH_MAGIC, "appended batch of an old format");
    assert(lastOffsetDelta(batches, at) >= 0, "appended batch without an offset");
    if (replicated) {
      checkFollows(baseOffset(batches, at), nextOffset, check.gapsAllowed);
      nextOffset = lastOffset(batches, at) + 1;
      continue;
    }
    if (producerId(batches, at) !== NO_PRODUCER_ID) {
      stage ??= check.producers.stage(check.origin);
      const duplicate = stage.add(batches, at, nextOffset);
      if (duplicate !== undefined) return duplicate;
    }
    nextOffset += lastOffsetDelta(batches, at) + 1;
  }
  assert(cursor.end === "complete" && nextOffset > check.nextOffset, "append of anything but whole batches");
  return undefined;
}

function checkFollows(base: number, nextOffset: number, gapsAllowed: boolean): void {
  if (base === nextOffset || (gapsAllowed && base > nextOffset)) return;
  throw new ApiError("OFFSET_OUT_OF_RANGE", {
    detail: `replicated batch begins at ${base}, the log goes on at ${nextOffset}`,
  });
}
