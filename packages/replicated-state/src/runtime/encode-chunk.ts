import { Slices } from "./slices.ts";
import type { RecordCodec } from "./state-definition.ts";

/**
 * The next records of a snapshot, encoded, in slices: as many as fill `chunkBytes`, or as are left; none at the end. The
 * last one may reach beyond.
 */
export function* encodeChunk<LogRecord>(
  records: Iterator<LogRecord>,
  codec: Pick<RecordCodec<LogRecord>, "encode">,
  chunkBytes: number,
): Generator<void, Uint8Array[]> {
  const chunk: Uint8Array[] = [];
  const slices = new Slices();
  let bytes = 0;
  while (bytes < chunkBytes) {
    const next = records.next();
    if (next.done) break;
    const encoded = codec.encode(next.value);
    chunk.push(encoded);
    bytes += encoded.length;
    if (slices.isOver(encoded.length)) yield;
  }
  return chunk;
}
