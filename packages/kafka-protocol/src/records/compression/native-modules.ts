import { createRequire } from "node:module";
import { ProtocolError } from "../../protocol-error.ts";

// Native modules are loaded when the first batch needs them: a node that sees no snappy should not start slower for it.
const require = createRequire(import.meta.url);

let snappyModule: typeof import("snappy") | undefined;
let lz4Module: typeof import("lz4-napi") | undefined;

export function snappy(): typeof import("snappy") {
  snappyModule ??= require("snappy") as typeof import("snappy");
  return snappyModule;
}

export function lz4(): typeof import("lz4-napi") {
  lz4Module ??= require("lz4-napi") as typeof import("lz4-napi");
  return lz4Module;
}

/** Runs a native decompressor, of which every failure means that the input is bad. */
export function orCorrupt(codec: string, decompress: () => Buffer): Buffer {
  try {
    return decompress();
  } catch (error) {
    throw new ProtocolError("corrupt", `a ${codec} stream does not unpack`, { cause: error });
  }
}
