/** Codec ids as they stand in the three lowest attribute bits of every message format. */
export const Compression = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
} as const;

export type CompressionName = keyof typeof Compression;
export type CompressionId = (typeof Compression)[CompressionName];

/** Who set a batch's timestamps: the producer (`create`) or the broker that appended it (`logAppend`). */
export type TimestampType = "create" | "logAppend";

export const COMPRESSION_MASK = 0x07;
export const TIMESTAMP_TYPE_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
export const DELETE_HORIZON_BIT = 0x40;

const compressionNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Undefined for the ids 5 to 7, which name no codec. */
export function compressionName(id: number): CompressionName | undefined {
  return compressionNames[id];
}
