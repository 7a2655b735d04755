import { ProtocolError } from "../protocol-error.ts";
import type { Int64 } from "./int64.ts";
import type { RecordHeader } from "./record.ts";
import { unzigzag, wideVarlong } from "./varint.ts";

/** The smallest record: its length, attributes, and five varints of one byte each. */
export const RECORD_SIZE_MIN = 7;

/** The length of a key or value that is null. */
const NULL_LENGTH = -1;

const noHeaders: readonly RecordHeader[] = Object.freeze([]);

/**
 * Walks over the records of a decompressed v2 body in place. `next` moves to a record and sets the fields below to
 * where its parts stand in the buffer; nothing is allocated. Each record's framing is checked whole, headers included:
 * whatever does not fit throws `ProtocolError` ("truncated" or "invalid"), and the cursor must not be used further.
 */
export class RecordCursor {
  /** From the batch's base timestamp, in ms. */
  timestampDelta: Int64 = 0;
  offsetDelta = 0;
  /** -1 when the key is null. */
  keyLength: number = NULL_LENGTH;
  keyAt = 0;
  /** -1 when the value is null: a tombstone in a compacted topic. */
  valueLength: number = NULL_LENGTH;
  valueAt = 0;
  headerCount = 0;
  #headersAt = 0;
  readonly #buffer: Buffer;
  readonly #limit: number;
  #at: number;
  /** No varint or field goes beyond this: the region's end, or the current record's. */
  #recordEnd: number;

  /** `limit` is exclusive and at most the buffer's length. */
  constructor(buffer: Buffer, start = 0, limit = buffer.length) {
    this.#buffer = buffer;
    this.#at = start;
    this.#limit = limit;
    this.#recordEnd = limit;
  }

  /** Where the current record ends and the next one, if any, starts. */
  get position(): number {
    return this.#at;
  }

  /** False at the end of the region. */
  next(): boolean {
    if (this.#at >= this.#limit) return false;
    this.#recordEnd = this.#limit;
    const length = this.#varint();
    if (length < 0) throw new ProtocolError("invalid", "a record has a negative length");
    if (length > this.#limit - this.#at)
      throw new ProtocolError("truncated", "a record ends beyond its batch");
    this.#recordEnd = this.#at + length;
    this.#readFields();
    if (this.#at !== this.#recordEnd) {
      throw new ProtocolError("invalid", "a record's fields do not fill its length");
    }
    return true;
  }

  /** A view of the current record's key. */
  key(): Buffer | null {
    return this.#view(this.keyAt, this.keyLength);
  }

  /** A view of the current record's value. */
  value(): Buffer | null {
    return this.#view(this.valueAt, this.valueLength);
  }

  /** The current record's headers, their values as views. */
  headers(): readonly RecordHeader[] {
    if (this.headerCount === 0) return noHeaders;
    const recordEnd = this.#at;
    const headers: RecordHeader[] = [];
    this.#at = this.#headersAt;
    for (let index = 0; index < this.headerCount; index++) {
      const keyLength = this.#varint();
      const key = this.#buffer.toString("utf8", this.#at, this.#at + keyLength);
      this.#at += keyLength;
      const valueLength = this.#varint();
      headers.push({ key, value: this.#view(this.#at, valueLength) });
      if (valueLength > 0) this.#at += valueLength;
    }
    this.#at = recordEnd;
    return headers;
  }

  #view(at: number, length: number): Buffer | null {
    return length < 0 ? null : this.#buffer.subarray(at, at + length);
  }

  #readFields(): void {
    this.#skip(1); // attributes, of which no bit is in use
    this.timestampDelta = this.#varlong();
    this.offsetDelta = this.#varint();
    this.keyLength = this.#nullableLength();
    this.keyAt = this.#at;
    if (this.keyLength > 0) this.#skip(this.keyLength);
    this.valueLength = this.#nullableLength();
    this.valueAt = this.#at;
    if (this.valueLength > 0) this.#skip(this.valueLength);
    this.headerCount = this.#varint();
    this.#headersAt = this.#at;
    if (this.headerCount !== 0) this.#skipHeaders(this.headerCount);
  }

  #skipHeaders(count: number): void {
    if (count < 0) throw new ProtocolError("invalid", "a record has a negative number of headers");
    for (let index = 0; index < count; index++) {
      const keyLength = this.#varint();
      if (keyLength < 0) throw new ProtocolError("invalid", "a header has no key");
      this.#skip(keyLength);
      const valueLength = this.#nullableLength();
      if (valueLength > 0) this.#skip(valueLength);
    }
  }

  #nullableLength(): number {
    const length = this.#varint();
    if (length < NULL_LENGTH) throw new ProtocolError("invalid", "a record has a field of negative length");
    return length;
  }

  #skip(bytes: number): void {
    if (bytes > this.#recordEnd - this.#at) throw beyondRecord();
    this.#at += bytes;
  }

  #varint(): number {
    const buffer = this.#buffer;
    let at = this.#at;
    let bits = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= this.#recordEnd) throw beyondRecord();
      const byte = buffer[at++]!;
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#at = at;
        return unzigzag(bits);
      }
    }
    throw new ProtocolError("invalid", "an int32 varint is longer than 5 bytes");
  }

  #varlong(): Int64 {
    const buffer = this.#buffer;
    const start = this.#at;
    let at = start;
    let bits = 0;
    for (let size = 1; size <= 10; size++) {
      if (at >= this.#recordEnd) throw beyondRecord();
      const byte = buffer[at++]!;
      if (size <= 4) bits |= (byte & 0x7f) << (7 * (size - 1));
      if (byte < 0x80) {
        this.#at = at;
        return size <= 4 ? unzigzag(bits) : wideVarlong(buffer, start, size);
      }
    }
    throw new ProtocolError("invalid", "an int64 varint is longer than 10 bytes");
  }
}

function beyondRecord(): ProtocolError {
  return new ProtocolError("truncated", "a record's field ends beyond it");
}
