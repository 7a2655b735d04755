import { ProtocolError } from "../protocol-error.ts";
import { BatchCursor } from "./batch-cursor.ts";
import { magic, RECORD_BATCH_MAGIC } from "./batch-header.ts";
import { decodeLegacyBatch } from "./decode-legacy.ts";
import { type DecodeLimits, type DecodeOptions, decodeLimits } from "./decode-options.ts";
import { decodeV2Batch, decodeV2Records } from "./decode-v2.ts";
import type { DecodedBatch } from "./decoded-batch.ts";
import type { DecodedRecord } from "./record.ts";

/** The batch of any format at `at`, with its records. Throws `ProtocolError` for whatever is not one. */
export function decodeBatch(buffer: Buffer, at = 0, options: DecodeOptions = {}): DecodedBatch {
  requireWholeBatch(buffer, at);
  return decodeBatchAt(buffer, at, decodeLimits(options));
}

/** As `decodeBatch`, but for the records alone. */
export function decodeRecords(buffer: Buffer, at = 0, options: DecodeOptions = {}): readonly DecodedRecord[] {
  requireWholeBatch(buffer, at);
  const limits = decodeLimits(options);
  return magic(buffer, at) === RECORD_BATCH_MAGIC
    ? decodeV2Records(buffer, at, limits)
    : decodeLegacyBatch(buffer, at, limits).records;
}

/**
 * All batches of a region, of any formats. A last one that is cut short is left out: fetch responses end like that.
 * Every batch has the limits of `options` to itself. Throws `ProtocolError`.
 */
export function decodeBatches(buffer: Buffer, options: DecodeOptions = {}): DecodedBatch[] {
  const limits = decodeLimits(options);
  const batches: DecodedBatch[] = [];
  const cursor = new BatchCursor(buffer);
  while (cursor.next()) batches.push(decodeBatchAt(buffer, cursor.at, limits));
  if (cursor.end === "invalid") throw notABatch();
  return batches;
}

function decodeBatchAt(buffer: Buffer, at: number, limits: DecodeLimits): DecodedBatch {
  return magic(buffer, at) === RECORD_BATCH_MAGIC
    ? decodeV2Batch(buffer, at, limits)
    : decodeLegacyBatch(buffer, at, limits);
}

function requireWholeBatch(buffer: Buffer, at: number): void {
  const cursor = new BatchCursor(buffer, at);
  if (cursor.next()) return;
  throw cursor.end === "invalid" ? notABatch() : new ProtocolError("truncated", "a batch ends early");
}

function notABatch(): ProtocolError {
  return new ProtocolError("invalid", "not a record batch");
}
