/** What views keep alive: each buffer behind them, whole. */
export function backingBytes(views: readonly Buffer[]): number {
  let bytes = 0;
  let previous: ArrayBufferLike | undefined;
  for (const { buffer } of views) {
    if (buffer === previous) continue; // neighbours lie in one buffer
    previous = buffer;
    bytes += buffer.byteLength;
  }
  return bytes;
}
