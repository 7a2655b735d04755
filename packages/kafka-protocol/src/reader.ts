import { ProtocolError } from "./protocol-error.ts";
import { type Int64, readInt64 } from "./records/int64.ts";
import type { TaggedField } from "./tagged-field.ts";
import { type Uuid, ZERO_UUID } from "./uuid.ts";

/** Elements that all arrays of a message may have together, unless the reader is given another bound. */
export const ELEMENTS_MAX = 1_000_000;
/** Tagged fields that one structure may have, and unknown ones that a message may have. */
export const TAGGED_FIELDS_MAX = 10_000;
/** Bytes of a string, in every encoding: Kafka's own bound. */
export const STRING_BYTES_MAX = 0x7fff;

/**
 * Reads Kafka's primitive types out of a frame. Every read is checked against `end`, and every length and
 * count against what is left before anything is allocated for it, so no memory goes to what a frame announces
 * but does not hold. Bad input always ends in a ProtocolError. Byte fields are views: whoever keeps one keeps
 * the frame.
 */
export class Reader {
  readonly buffer: Buffer;
  readonly end: number;
  position: number;
  #elementsLeft: number;
  #unknownFieldsLeft = TAGGED_FIELDS_MAX;

  /** Reads `buffer` from `start` (inclusive) to `end` (exclusive). */
  constructor(buffer: Buffer, start = 0, end: number = buffer.length, elementsMax: number = ELEMENTS_MAX) {
    if (start < 0 || end > buffer.length || start > end) {
      throw new ProtocolError("invalid", `no bytes ${start} to ${end} in a buffer of ${buffer.length}`);
    }
    this.buffer = buffer;
    this.position = start;
    this.end = end;
    this.#elementsLeft = elementsMax;
  }

  /** Bytes that were not read yet. */
  get remaining(): number {
    return this.end - this.position;
  }

  /** Throws unless everything was read. */
  expectEnd(): void {
    if (this.position !== this.end) {
      throw new ProtocolError("invalid", `${this.end - this.position} bytes after the end of the message`);
    }
  }

  boolean(): boolean {
    return this.buffer[this.#take(1)] !== 0;
  }

  int8(): number {
    return (this.buffer[this.#take(1)]! << 24) >> 24;
  }

  int16(): number {
    const { buffer } = this;
    const at = this.#take(2);
    return (((buffer[at]! << 8) | buffer[at + 1]!) << 16) >> 16;
  }

  uint16(): number {
    const { buffer } = this;
    const at = this.#take(2);
    return (buffer[at]! << 8) | buffer[at + 1]!;
  }

  int32(): number {
    const { buffer } = this;
    const at = this.#take(4);
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int64(): Int64 {
    return readInt64(this.buffer, this.#take(8));
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8));
  }

  /** An unsigned varint of at most 32 bits, in at most five bytes. */
  uvarint(): number {
    const { buffer, end } = this;
    let at = this.position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= end) throw truncated(1, 0);
      const byte = buffer[at++]!;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        return value >>> 0;
      }
    }
    throw new ProtocolError("invalid", "varint of more than 32 bits");
  }

  uuid(): Uuid {
    const { buffer } = this;
    const at = this.#take(16);
    return isZero(buffer, at) ? ZERO_UUID : buffer.toString("base64url", at, at + 16);
  }

  string(): string {
    return this.#text(this.int16()) ?? nullRefused();
  }

  nullableString(): string | null {
    return this.#text(this.int16());
  }

  compactString(): string {
    return this.#text(this.uvarint() - 1) ?? nullRefused();
  }

  compactNullableString(): string | null {
    return this.#text(this.uvarint() - 1);
  }

  bytes(): Buffer {
    return this.#view(this.int32()) ?? nullRefused();
  }

  nullableBytes(): Buffer | null {
    return this.#view(this.int32());
  }

  compactBytes(): Buffer {
    return this.#view(this.uvarint() - 1) ?? nullRefused();
  }

  compactNullableBytes(): Buffer | null {
    return this.#view(this.uvarint() - 1);
  }

  /** `size` bytes as a view. */
  take(size: number): Buffer {
    return this.#view(size) ?? nullRefused();
  }

  /** Length of an array of which each element takes at least `sizeMin` bytes. */
  arrayLength(sizeMin: number): number {
    const length = this.nullableArrayLength(sizeMin);
    return length === -1 ? nullRefused() : length;
  }

  /** As `arrayLength`; -1 stands for null. */
  nullableArrayLength(sizeMin: number): number {
    return this.#arrayLength(this.int32(), sizeMin);
  }

  compactArrayLength(sizeMin: number): number {
    const length = this.compactNullableArrayLength(sizeMin);
    return length === -1 ? nullRefused() : length;
  }

  compactNullableArrayLength(sizeMin: number): number {
    return this.#arrayLength(this.uvarint() - 1, sizeMin);
  }

  /** Whether a nullable structure follows: one signed byte, negative for null. */
  structPresent(): boolean {
    return this.int8() >= 0;
  }

  /** As `structPresent`, in a tagged field, where Kafka writes an unsigned varint instead: 0 for null. */
  taggedStructPresent(): boolean {
    return this.uvarint() !== 0;
  }

  /** Count of the tagged fields that end a flexible structure. */
  taggedFieldCount(): number {
    const count = this.uvarint();
    if (count > TAGGED_FIELDS_MAX || count * 2 > this.remaining) {
      throw new ProtocolError("oversized", `${count} tagged fields in ${this.remaining} bytes`);
    }
    return count;
  }

  /** The next tag, which has to be above `previous`: tags ascend and do not repeat (KIP-482). */
  tag(previous: number): number {
    const tag = this.uvarint();
    if (tag <= previous) throw new ProtocolError("invalid", `tag ${tag} after tag ${previous}`);
    return tag;
  }

  /** Reads the size of a tagged field and returns the position at which its value ends. */
  taggedFieldEnd(): number {
    const size = this.uvarint();
    if (size > this.remaining) throw truncated(size, this.remaining);
    return this.position + size;
  }

  /** Throws unless the value of a tagged field ended where its size says. */
  expectTaggedFieldEnd(end: number): void {
    if (this.position !== end) {
      throw new ProtocolError("invalid", `tagged field ends at ${this.position} instead of ${end}`);
    }
  }

  /** Keeps a tagged field that nobody knows: appends it to `fields`, which is made for the first one. */
  unknownTaggedField(fields: TaggedField[] | undefined, tag: number, end: number): TaggedField[] {
    if (this.#unknownFieldsLeft-- === 0) {
      throw new ProtocolError("oversized", `more than ${TAGGED_FIELDS_MAX} unknown tagged fields`);
    }
    const field: TaggedField = { tag, data: this.take(end - this.position) };
    if (fields === undefined) return [field];
    fields.push(field);
    return fields;
  }

  /** The tagged fields of a structure that knows none; undefined when there are none, as almost always. */
  unknownTaggedFields(): TaggedField[] | undefined {
    let fields: TaggedField[] | undefined;
    let previous = -1;
    for (let left = this.taggedFieldCount(); left > 0; left--) {
      previous = this.tag(previous);
      fields = this.unknownTaggedField(fields, previous, this.taggedFieldEnd());
    }
    return fields;
  }

  #take(size: number): number {
    const at = this.position;
    if (at + size > this.end) throw truncated(size, this.end - at);
    this.position = at + size;
    return at;
  }

  #text(size: number): string | null {
    if (size < 0) return size === -1 ? null : negative(size);
    if (size > STRING_BYTES_MAX) throw new ProtocolError("oversized", `string of ${size} bytes`);
    const at = this.#take(size);
    return this.buffer.toString("utf8", at, at + size);
  }

  #view(size: number): Buffer | null {
    if (size < 0) return size === -1 ? null : negative(size);
    const at = this.#take(size);
    return this.buffer.subarray(at, at + size);
  }

  #arrayLength(length: number, sizeMin: number): number {
    if (length < 0) return length === -1 ? -1 : negative(length);
    if (length > this.#elementsLeft || length * sizeMin > this.remaining) {
      throw new ProtocolError("oversized", `array of ${length} elements in ${this.remaining} bytes`);
    }
    this.#elementsLeft -= length;
    return length;
  }
}

function truncated(wanted: number, remaining: number): ProtocolError {
  return new ProtocolError("truncated", `${wanted} bytes wanted, ${remaining} left`);
}

function negative(length: number): never {
  throw new ProtocolError("invalid", `length ${length}`);
}

function nullRefused(): never {
  throw new ProtocolError("invalid", "null in a field that cannot be null");
}

function isZero(buffer: Buffer, at: number): boolean {
  for (let index = at; index < at + 16; index++) if (buffer[index] !== 0) return false;
  return true;
}
