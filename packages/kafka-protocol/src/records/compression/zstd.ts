import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Codec } from "./codec.ts";
import { zlibError } from "./zlib-errors.ts";

const LEVEL_DEFAULT = 3;
/** Every decoder is to take windows of 8 MiB (RFC 8878, 3.1.1.1.2), and 128 MiB is where Java's stops by itself. */
const WINDOW_LOG_LEAST = 23;
const WINDOW_LOG_MOST = 27;

/** Levels 1 to 22. */
export const zstd: Codec = {
  compress(data, level = LEVEL_DEFAULT) {
    return zstdCompressSync(data, {
      params: { [constants.ZSTD_c_compressionLevel]: level },
      pledgedSrcSize: data.length,
    });
  },

  decompress(data, bytesMax) {
    // The window is memory too, and a frame of ten bytes may ask for one.
    const windowLog = Math.ceil(Math.log2(Math.max(bytesMax, 1)));
    const windowLogMax = Math.min(Math.max(windowLog, WINDOW_LOG_LEAST), WINDOW_LOG_MOST);
    try {
      return zstdDecompressSync(data, {
        maxOutputLength: bytesMax,
        params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
      });
    } catch (error) {
      throw zlibError("zstd", error);
    }
  },
};
