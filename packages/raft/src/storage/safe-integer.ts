/** Non-negative safe integers as eight bytes, big-endian, without going through bigint. */
export function writeSafeInteger(target: Buffer, value: number, at: number): void {
  target.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  target.writeUInt32BE(value % 2 ** 32, at + 4);
}

/** What is not a safe integer comes out beyond `Number.MAX_SAFE_INTEGER`. */
export function readSafeInteger(source: Buffer, at: number): number {
  return source.readUInt32BE(at) * 2 ** 32 + source.readUInt32BE(at + 4);
}
