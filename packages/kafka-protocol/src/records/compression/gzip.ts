import { gunzipSync, gzipSync } from "node:zlib";
import type { Codec } from "./codec.ts";
import { zlibError } from "./zlib-errors.ts";

/** Levels 1 to 9, or -1 for zlib's own choice (6). */
export const gzip: Codec = {
  compress(data, level = -1) {
    return gzipSync(data, { level });
  },

  decompress(data, bytesMax) {
    try {
      return gunzipSync(data, { maxOutputLength: bytesMax });
    } catch (error) {
      throw zlibError("gzip", error);
    }
  },
};
