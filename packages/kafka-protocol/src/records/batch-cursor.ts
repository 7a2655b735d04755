import {
  BatchField,
  LOG_OVERHEAD,
  magic,
  RECORD_BATCH_MAGIC,
  RECORD_BATCH_OVERHEAD,
  sizeInBytes,
} from "./batch-header.ts";

/** A message of format 0 with null key and value: CRC, magic, attributes and two lengths. */
const LEGACY_SIZE_MIN = LOG_OVERHEAD + 14;

/**
 * Why a cursor stopped: nothing was left, the last batch is cut short (normal in a fetch response and after a crash),
 * or what stands there can be no batch.
 */
export type BatchCursorEnd = "complete" | "truncated" | "invalid";

/**
 * Walks over the batches of a region by their lengths, of any format, without allocating and without throwing.
 *
 *     const cursor = new BatchCursor(buffer);
 *     while (cursor.next()) use(buffer, cursor.at, cursor.size);
 *     cursor.at; // where whole batches end
 */
export class BatchCursor {
  /** The first byte of the current batch; after the last one, where the whole batches end. */
  at: number;
  /** The current batch in bytes, all of which lie within the region; 0 before the first and after the last. */
  size = 0;
  /** Set once `next` has answered false. */
  end: BatchCursorEnd | undefined;
  readonly #buffer: Buffer;
  readonly #limit: number;

  /** `limit` is exclusive and at most the buffer's length. */
  constructor(buffer: Buffer, start = 0, limit = buffer.length) {
    this.#buffer = buffer;
    this.#limit = limit;
    this.at = start;
  }

  next(): boolean {
    this.at += this.size;
    this.size = 0;
    this.end = this.#endAt(this.at);
    if (this.end !== undefined) return false;
    this.size = sizeInBytes(this.#buffer, this.at);
    return true;
  }

  #endAt(at: number): BatchCursorEnd | undefined {
    const available = this.#limit - at;
    if (available <= 0) return "complete";
    if (available <= BatchField.magic) return "truncated";
    const format = magic(this.#buffer, at);
    if (format < 0 || format > RECORD_BATCH_MAGIC) return "invalid";
    const size = sizeInBytes(this.#buffer, at);
    if (size < (format === RECORD_BATCH_MAGIC ? RECORD_BATCH_OVERHEAD : LEGACY_SIZE_MIN)) return "invalid";
    return size > available ? "truncated" : undefined;
  }
}
