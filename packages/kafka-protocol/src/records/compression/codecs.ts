import { ProtocolError } from "../../protocol-error.ts";
import { type CompressionName, compressionName } from "../batch-attributes.ts";
import type { Codec } from "./codec.ts";
import { gzip } from "./gzip.ts";
import { lz4 } from "./lz4.ts";
import { snappy } from "./snappy.ts";
import { zstd } from "./zstd.ts";

/** How much a batch may unpack to where nothing else is said: 256 MiB. */
export const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024;

const codecs: Readonly<Record<Exclude<CompressionName, "none">, Codec>> = { gzip, snappy, lz4, zstd };

/** The data itself when the codec is `none`. Codecs without levels (snappy, lz4) ignore `level`. */
export function compress(codec: CompressionName, data: Buffer, level?: number): Buffer {
  return codec === "none" ? data : codecs[codec].compress(data, level);
}

/**
 * Unpacks what the codec with the id `compressionId` (0 to 7) packed, to at most `bytesMax` bytes; with `none` it is
 * the data itself. Throws `ProtocolError` whenever that cannot be done.
 */
export function decompress(compressionId: number, data: Buffer, bytesMax = DECOMPRESSED_BYTES_MAX): Buffer {
  const name = compressionName(compressionId);
  if (name === undefined)
    throw new ProtocolError("unsupported", "a compression codec that Kafka does not have");
  if (name !== "none") return codecs[name].decompress(data, bytesMax);
  if (data.length > bytesMax) throw new ProtocolError("oversized", "a batch is larger than allowed");
  return data;
}
