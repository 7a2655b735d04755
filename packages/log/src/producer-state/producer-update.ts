import {
  baseSequence,
  isControl,
  isTransactional,
  lastOffsetDelta,
  lastSequence,
  maxTimestamp,
  producerEpoch,
  producerId,
} from "@millrace/kafka-protocol";
import { ApiError } from "@millrace/runtime";
import type { AppendOrigin } from "../partition-log.ts";
import { type EndTransactionMarker, readMarker } from "./control-marker.ts";
import type { BatchMetadata, ProducerEntry } from "./producer-entry.ts";
import type { CompletedTransaction } from "./transactions.ts";

/** What a batch meant to its producer's state. */
export type BatchEffect =
  | { readonly kind: "appended"; readonly beginsTransactionAt: number | undefined }
  | { readonly kind: "duplicate"; readonly of: BatchMetadata }
  | { readonly kind: "ended"; readonly transaction: CompletedTransaction | undefined };

export interface PlacedBatch {
  readonly buffer: Buffer;
  readonly at: number;
  readonly size: number;
  readonly baseOffset: number;
}

/**
 * Checks a batch against its producer's state and changes `entry`, which is the caller's copy. The rules are Kafka's
 * (KIP-98, KIP-360): only clients are checked for sequences and epochs, since what a leader took its followers take.
 */
export function updateProducer(entry: ProducerEntry, batch: PlacedBatch, origin: AppendOrigin): BatchEffect {
  const { buffer, at, size } = batch;
  if (isControl(buffer, at)) {
    const marker = readMarker(buffer, at, size);
    return { kind: "ended", transaction: marker && endTransaction(entry, batch, marker, origin) };
  }
  const epoch = producerEpoch(buffer, at);
  const firstSequence = baseSequence(buffer, at);
  if (origin === "client") {
    const duplicate = entry.duplicateOf(epoch, firstSequence, lastSequence(buffer, at));
    if (duplicate !== undefined) return { kind: "duplicate", of: duplicate };
    checkEpoch(entry, epoch);
    checkSequence(entry, epoch, firstSequence);
  }
  return appendData(entry, batch, origin);
}

function appendData(entry: ProducerEntry, batch: PlacedBatch, origin: AppendOrigin): BatchEffect {
  const { buffer, at, baseOffset } = batch;
  const transactional = isTransactional(buffer, at);
  const open = entry.transactionFirstOffset !== undefined;
  if (open && !transactional && origin === "client") {
    throw new ApiError("INVALID_TXN_STATE", { detail: "the producer has an open transaction here" });
  }
  const offsetDelta = lastOffsetDelta(buffer, at);
  entry.addBatch(producerEpoch(buffer, at), {
    firstSequence: baseSequence(buffer, at),
    lastSequence: lastSequence(buffer, at),
    lastOffset: baseOffset + offsetDelta,
    offsetDelta,
    timestampMs: maxTimestamp(buffer, at),
  });
  if (open || !transactional) return { kind: "appended", beginsTransactionAt: undefined };
  entry.transactionFirstOffset = baseOffset;
  return { kind: "appended", beginsTransactionAt: baseOffset };
}

function endTransaction(
  entry: ProducerEntry,
  { buffer, at, baseOffset }: PlacedBatch,
  marker: EndTransactionMarker,
  origin: AppendOrigin,
): CompletedTransaction | undefined {
  const epoch = producerEpoch(buffer, at);
  if (origin !== "replication") {
    checkEpoch(entry, epoch);
    if (marker.coordinatorEpoch < entry.coordinatorEpoch) {
      throw new ApiError("TRANSACTION_COORDINATOR_FENCED");
    }
  }
  const firstOffset = entry.transactionFirstOffset;
  entry.enterEpoch(epoch);
  entry.coordinatorEpoch = marker.coordinatorEpoch;
  entry.lastTimestampMs = maxTimestamp(buffer, at);
  entry.transactionFirstOffset = undefined;
  if (firstOffset === undefined) return undefined;
  const aborted = marker.outcome === "abort";
  return { producerId: producerId(buffer, at), firstOffset, lastOffset: baseOffset, aborted };
}

function checkEpoch(entry: ProducerEntry, epoch: number): void {
  if (epoch < entry.producerEpoch) {
    throw new ApiError("INVALID_PRODUCER_EPOCH", {
      detail: `producer ${entry.producerId} is at epoch ${entry.producerEpoch}, not ${epoch}`,
    });
  }
}

/**
 * A producer of which nothing is known (new, expired, or deleted by retention) may begin anywhere; one that enters an
 * epoch begins at 0; else sequences follow without a gap.
 */
function checkSequence(entry: ProducerEntry, epoch: number, firstSequence: number): void {
  if (entry.hasNoEpoch) return;
  const inOrder = epoch === entry.producerEpoch ? entry.isNextSequence(firstSequence) : firstSequence === 0;
  if (inOrder) return;
  throw new ApiError("OUT_OF_ORDER_SEQUENCE_NUMBER", {
    detail: `producer ${entry.producerId} sent sequence ${firstSequence} after ${entry.lastSequence}`,
  });
}
