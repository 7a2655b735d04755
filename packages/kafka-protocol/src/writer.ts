import { ProtocolError } from "./protocol-error.ts";
import { STRING_BYTES_MAX } from "./reader.ts";
import type { Int64 } from "./records/int64.ts";
import { type RecordsInput, recordsSize } from "./records-input.ts";
import type { TaggedField } from "./tagged-field.ts";
import { type Uuid, ZERO_UUID } from "./uuid.ts";

/** Record buffers from this size on are passed through instead of copied; below it an iovec costs more. */
export const SPLICE_BYTES_MIN = 1024;
/** Most messages fit; allocations of this size come out of Node's own buffer pool. */
const INITIAL_BYTES = 512;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Writes Kafka's primitive types into a buffer that grows by doubling. Large record batches are not copied:
 * the output is a list of chunks, for `writev`, in which they stand between the writer's own bytes. They must
 * not change until the chunks are sent. A value that its type cannot hold is refused with a ProtocolError,
 * never cut off. Sized sections (tagged fields) are written in place with one byte reserved for their length
 * and moved in the rare case that it needs more, which spares a first pass that computes sizes.
 */
export class Writer {
  #buffer: Buffer;
  #position = 0;
  /** Where the current chunk begins in `#buffer`; what is before belongs to finished chunks. */
  #chunkStart = 0;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#chunkBytes + this.#position - this.#chunkStart;
  }

  /** Ends the message: all chunks in order. The writer must not be used afterwards. */
  finish(): Buffer[] {
    this.#closeChunk();
    return this.#chunks;
  }

  /** Ends the message in one buffer, which copies when records were spliced in. */
  finishBuffer(): Buffer {
    const chunks = this.finish();
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  /** Leaves room for the length of a frame. Only as the very first thing; `finishFrame` fills it in. */
  beginFrame(): void {
    if (this.size !== 0) throw new ProtocolError("invalid", "a frame begins with its length");
    this.int32(0);
  }

  /** As `finish`, after writing the frame's length (which does not count itself) into its place. */
  finishFrame(): Buffer[] {
    const length = this.size - 4;
    const chunks = this.finish();
    chunks[0]!.writeInt32BE(length, 0);
    return chunks;
  }

  boolean(value: boolean): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value ? 1 : 0;
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange("int8", value);
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange("int16", value);
    this.#put16(value);
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange("uint16", value);
    this.#put16(value);
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange("int32", value);
    this.#put32(value);
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("uint32", value);
    this.#put32(value);
  }

  int64(value: Int64): void {
    if (typeof value === "bigint") {
      if (BigInt.asIntN(64, value) !== value) throw outOfRange("int64", value);
      const at = this.#reserve(8);
      this.#buffer.writeBigInt64BE(value, at);
      return;
    }
    if (!Number.isSafeInteger(value)) throw outOfRange("int64", value);
    const at = this.#reserve(8);
    const upper = Math.floor(value / TWO_TO_32);
    put32(this.#buffer, at, upper);
    put32(this.#buffer, at + 4, value - upper * TWO_TO_32);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("varint", value);
    let rest = value;
    let at = this.#reserve(varintSize(value));
    const buffer = this.#buffer;
    for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
    buffer[at] = rest;
  }

  uuid(value: Uuid): void {
    const at = this.#reserve(16);
    if (value === ZERO_UUID) {
      this.#buffer.fill(0, at, at + 16);
    } else if (value.length !== ZERO_UUID.length || this.#buffer.write(value, at, 16, "base64url") !== 16) {
      throw new ProtocolError("invalid", `not a uuid in base64url: ${value}`);
    }
  }

  string(value: string): void {
    const prefix = this.#reserve(2);
    const size = this.#text(value);
    this.#buffer[prefix] = size >> 8;
    this.#buffer[prefix + 1] = size;
  }

  nullableString(value: string | null): void {
    if (value === null) this.#put16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    // Three bytes are the most that UTF-8 takes for a UTF-16 unit, so this one fits a single length byte.
    if (value.length <= 42) {
      const prefix = this.#reserve(1);
      const size = this.#text(value);
      this.#buffer[prefix] = size + 1;
    } else {
      this.uvarint(Buffer.byteLength(value) + 1);
      this.#text(value);
    }
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0);
    else this.compactString(value);
  }

  bytes(value: Buffer): void {
    this.int32(value.length);
    this.raw(value);
  }

  nullableBytes(value: Buffer | null): void {
    if (value === null) this.#put32(-1);
    else this.bytes(value);
  }

  compactBytes(value: Buffer): void {
    this.uvarint(value.length + 1);
    this.raw(value);
  }

  compactNullableBytes(value: Buffer | null): void {
    if (value === null) this.uvarint(0);
    else this.compactBytes(value);
  }

  records(value: RecordsInput): void {
    this.int32(recordsSize(value));
    this.#pieces(value);
  }

  nullableRecords(value: RecordsInput | null): void {
    if (value === null) this.#put32(-1);
    else this.records(value);
  }

  compactRecords(value: RecordsInput): void {
    this.uvarint(recordsSize(value) + 1);
    this.#pieces(value);
  }

  compactNullableRecords(value: RecordsInput | null): void {
    if (value === null) this.uvarint(0);
    else this.compactRecords(value);
  }

  /** Bytes without a length in front; copied. */
  raw(value: Buffer): void {
    const at = this.#reserve(value.length);
    value.copy(this.#buffer, at);
  }

  /** -1 stands for null. */
  arrayLength(length: number): void {
    this.int32(length);
  }

  /** -1 stands for null. */
  compactArrayLength(length: number): void {
    this.uvarint(length + 1);
  }

  structPresent(present: boolean): void {
    this.int8(present ? 1 : -1);
  }

  taggedStructPresent(present: boolean): void {
    this.uvarint(present ? 1 : 0);
  }

  /** Begins a section whose length in bytes is written before it; returns what `endSized` needs. No records inside. */
  beginSized(): number {
    this.#reserve(1);
    return this.#position;
  }

  endSized(start: number): void {
    const size = this.#position - start;
    const extra = varintSize(size) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#buffer.copyWithin(start + extra, start, start + size);
    }
    this.#position = start - 1;
    this.uvarint(size);
    this.#position += size;
  }

  /** The tagged fields of a structure that knows none. */
  unknownTaggedFields(fields: readonly TaggedField[] | undefined): void {
    this.uvarint(fields === undefined ? 0 : fields.length);
    if (fields !== undefined) this.taggedFieldsAfter(-1, fields);
  }

  /** Writes unknown fields behind the known ones, of which `lastTag` is the highest there can be. */
  taggedFieldsAfter(lastTag: number, fields: readonly TaggedField[]): void {
    let previous = lastTag;
    for (const { tag, data } of fields) {
      if (tag <= previous) throw new ProtocolError("invalid", `tag ${tag} after tag ${previous}`);
      previous = tag;
      this.uvarint(tag);
      this.uvarint(data.length);
      this.raw(data);
    }
  }

  #put16(value: number): void {
    const at = this.#reserve(2);
    const buffer = this.#buffer;
    buffer[at] = value >> 8;
    buffer[at + 1] = value;
  }

  #put32(value: number): void {
    const at = this.#reserve(4);
    put32(this.#buffer, at, value);
  }

  /** Writes the text alone and returns its size in bytes. */
  #text(value: string): number {
    if (value.length > STRING_BYTES_MAX)
      throw new ProtocolError("oversized", `string of ${value.length} units`);
    const roomBytes = value.length * 3;
    const at = this.#reserve(roomBytes);
    const size = this.#buffer.write(value, at, roomBytes, "utf8");
    if (size > STRING_BYTES_MAX) throw new ProtocolError("oversized", `string of ${size} bytes`);
    this.#position = at + size;
    return size;
  }

  #pieces(value: RecordsInput): void {
    if (Buffer.isBuffer(value)) this.#piece(value);
    else for (const piece of value) this.#piece(piece);
  }

  #piece(piece: Buffer): void {
    if (piece.length < SPLICE_BYTES_MIN) {
      this.raw(piece);
      return;
    }
    this.#closeChunk();
    this.#chunks.push(piece);
    this.#chunkBytes += piece.length;
  }

  #closeChunk(): void {
    if (this.#position === this.#chunkStart && this.#chunks.length > 0) return;
    this.#chunks.push(this.#buffer.subarray(this.#chunkStart, this.#position));
    this.#chunkBytes += this.#position - this.#chunkStart;
    this.#chunkStart = this.#position;
  }

  /** Makes room for `size` bytes and returns where they go. `#buffer` may be another one afterwards. */
  #reserve(size: number): number {
    const at = this.#position;
    if (at + size > this.#buffer.length) this.#grow(at + size);
    this.#position = at + size;
    return at;
  }

  #grow(sizeMin: number): void {
    const grown = Buffer.allocUnsafe(Math.max(sizeMin, this.#buffer.length * 2));
    // Finished chunks keep the old buffer; positions stay what they are, so marks of sized sections hold.
    this.#buffer.copy(grown, this.#chunkStart, this.#chunkStart, this.#position);
    this.#buffer = grown;
  }
}

function put32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >> 24;
  buffer[at + 1] = value >> 16;
  buffer[at + 2] = value >> 8;
  buffer[at + 3] = value;
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

function outOfRange(type: string, value: Int64): ProtocolError {
  return new ProtocolError("invalid", `${value} is not an ${type}`);
}
