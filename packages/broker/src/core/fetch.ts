import { type EpochEndOffset, leaderEpoch, offset, type ReadLimit, type ReadResult } from "@millrace/log";
import { ApiError, type MaybePromise, toApiError } from "@millrace/runtime";
import type { Partition } from "./partition.ts";

/** What is read of one partition. */
export interface FetchPartition {
  readonly partition: Partition;
  readonly fetchOffset: number;
  /** Bytes of this partition's batches; the first batch of a response may be larger (KIP-74). */
  readonly maxBytes: number;
  /** Of the leader that the client knows; -1: it does not say (KIP-320). */
  readonly currentLeaderEpoch: number;
  /** Of the last record that the client has; -1: it does not say (KIP-595). */
  readonly lastFetchedEpoch: number;
  readonly upTo: ReadLimit;
}

export type FetchOutcome =
  | { readonly kind: "read"; readonly read: ReadResult }
  /** The client's log and this one part at that epoch's end: it has to truncate. */
  | { readonly kind: "diverging"; readonly epochEnd: EpochEndOffset; readonly partition: Partition }
  | { readonly kind: "failed"; readonly failure: ApiError };

/** Reads one partition now. Never throws or rejects. */
export function fetchPartition(
  wanted: FetchPartition,
  maxBytes: number,
  atLeastOneBatch: boolean,
): MaybePromise<FetchOutcome> {
  try {
    const { partition, fetchOffset, upTo } = wanted;
    partition.requireLeader(wanted.currentLeaderEpoch);
    if (fetchOffset < 0) throw new ApiError("OFFSET_OUT_OF_RANGE");
    const diverging = divergence(wanted);
    if (diverging !== undefined) return { kind: "diverging", epochEnd: diverging, partition };
    if (maxBytes <= 0 && !atLeastOneBatch) return asRead(nothingOf(wanted));
    const read = partition.log.read(offset(fetchOffset), { maxBytes, upTo, atLeastOneBatch });
    return read instanceof Promise ? read.then(asRead, asFailed) : asRead(read);
  } catch (error) {
    return asFailed(error);
  }
}

function divergence({
  partition,
  fetchOffset,
  lastFetchedEpoch,
}: FetchPartition): EpochEndOffset | undefined {
  if (lastFetchedEpoch < 0) return undefined;
  const end = partition.log.endOffsetForEpoch(leaderEpoch(lastFetchedEpoch));
  if (end === undefined) throw new ApiError("OFFSET_OUT_OF_RANGE");
  return end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset ? end : undefined;
}

/** For partitions behind one that filled the response: they have their turn, but not the disk's. */
function nothingOf({ partition, fetchOffset, upTo }: FetchPartition): ReadResult {
  const { logStartOffset, logEndOffset, highWatermark, lastStableOffset } = partition.log;
  if (fetchOffset < logStartOffset || fetchOffset > logEndOffset) throw new ApiError("OFFSET_OUT_OF_RANGE");
  const abortedTransactions = upTo === "lastStable" ? [] : undefined;
  return {
    batches: [],
    sizeInBytes: 0,
    logStartOffset,
    highWatermark,
    lastStableOffset,
    abortedTransactions,
    release: () => {},
  };
}

function asRead(read: ReadResult): FetchOutcome {
  return { kind: "read", read };
}

function asFailed(error: unknown): FetchOutcome {
  return { kind: "failed", failure: toApiError(error) };
}
