import { COMPRESSION_MASK, Compression, type CompressionName } from "./batch-attributes.ts";
import { computeCrc } from "./batch-crc.ts";
import { attributes, BatchField, LOG_OVERHEAD, RECORD_BATCH_OVERHEAD } from "./batch-header.ts";
import { compress } from "./compression/codecs.ts";

/**
 * A new batch with the header of the v2 batch at `at` and the records of `body`, its decompressed body, packed with
 * another codec: what a topic's own `compression.type` asks of its broker.
 */
export function recompressBatch(
  buffer: Buffer,
  at: number,
  body: Buffer,
  codec: CompressionName,
  level?: number,
): Buffer {
  const packed = compress(codec, body, level);
  const batch = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + packed.length);
  buffer.copy(batch, 0, at, at + RECORD_BATCH_OVERHEAD);
  packed.copy(batch, RECORD_BATCH_OVERHEAD);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, BatchField.batchLength);
  batch.writeInt16BE((attributes(batch, 0) & ~COMPRESSION_MASK) | Compression[codec], BatchField.attributes);
  batch.writeUInt32BE(computeCrc(batch, 0, batch.length), BatchField.crc);
  return batch;
}
