import { ProtocolError } from "../protocol-error.ts";
import { DECOMPRESSED_BYTES_MAX } from "./compression/codecs.ts";

const DECODED_ITEMS_MAX = 2 ** 20;

export interface DecodeOptions {
  /** How much one batch may unpack to, in bytes; 256 MiB unless set. */
  readonly decompressedBytesMax?: number;
  /**
   * How many records and headers one batch may have together; 2^20 unless set. The smallest is two bytes and some
   * hundred times that once unpacked. `RecordCursor` walks over batches of any size.
   */
  readonly itemsMax?: number;
  /** `check.crcs` of Kafka's consumers; true unless set. */
  readonly verifyCrc?: boolean;
}

export type DecodeLimits = Required<DecodeOptions>;

export function decodeLimits(options: DecodeOptions): DecodeLimits {
  return {
    decompressedBytesMax: options.decompressedBytesMax ?? DECOMPRESSED_BYTES_MAX,
    itemsMax: options.itemsMax ?? DECODED_ITEMS_MAX,
    verifyCrc: options.verifyCrc ?? true,
  };
}

export function tooManyItems(): ProtocolError {
  return new ProtocolError("oversized", "a batch has more records and headers than allowed");
}

export function crcMismatch(): ProtocolError {
  return new ProtocolError("corrupt", "a batch's CRC does not match");
}
