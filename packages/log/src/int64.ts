const two32 = 2 ** 32;

/** For values that we wrote ourselves; a damaged file may yield an unsafe number, which no comparison trusts. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * two32 + buffer.readUInt32BE(at + 4);
}

export function writeInt64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / two32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * two32, at + 4);
}
