/** Lists of numbers as protobuf packs them: base-128 varints, the sign folded in (zigzag) for sint32. */

/** Bytes that `writeNumbers` takes; undefined when one is not an unsigned (zigzag: a signed) integer of 32 bits. */
export function sizeOfNumbers(values: readonly number[], zigzag: boolean): number | undefined {
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if ((value & 0x3f) === value) {
      size++; // nearly all
      continue;
    }
    const isFit = zigzag ? (value | 0) === value : value >>> 0 === value;
    if (!isFit) return undefined;
    size += sizeOfVarint(zigzag ? fold(value) : value);
  }
  return size;
}

/** Returns where it ends. */
export function writeNumbers(
  values: readonly number[],
  zigzag: boolean,
  target: Uint8Array,
  start: number,
): number {
  let at = start;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    at = writeVarint(zigzag ? fold(value) : value, target, at);
  }
  return at;
}

/** Undefined when a number takes more than 32 bits, or the last one is cut off. */
export function readNumbers(
  bytes: Uint8Array,
  start: number,
  end: number,
  zigzag: boolean,
): number[] | undefined {
  let count = 0;
  for (let at = start; at < end; at++) if (bytes[at]! < 0x80) count++;
  const values = new Array<number>(count);
  let at = start;
  for (let i = 0; i < count; i++) {
    let byte = bytes[at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[at++]!;
      if (shift === 28 && byte > 0x0f) return undefined;
      value |= (byte & 0x7f) << shift;
    }
    values[i] = zigzag ? (value >>> 1) ^ -(value & 1) : value >>> 0;
  }
  return at === end ? values : undefined;
}

/** Of an unsigned integer of 32 bits. */
export function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Returns where it ends. */
export function writeVarint(value: number, target: Uint8Array, start: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

function fold(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
