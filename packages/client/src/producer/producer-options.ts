import { ApiError } from "@millrace/runtime";
import { check, checkOneOf } from "../arguments/check.ts";
import type { Acks } from "../transport/transport.ts";

export interface ProducerOptions {
  /** "all" when left out. */
  readonly acks?: Acks;
  readonly compression?: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  /** How long a batch waits for more records, in ms. 0 (default): as long as this turn of the event loop. */
  readonly lingerMs?: number;
  /** A batch is sent when it holds this many bytes before compression. Default 128 KiB. */
  readonly batchBytesMax?: number;
  /** Records that wait or are under way, in bytes; beyond it `send` waits. Default 32 MiB. */
  readonly bufferBytesMax?: number;
  /** From `send` to giving up, retries included, in ms. Default 120,000. */
  readonly deliveryTimeoutMs?: number;
}

export const producerDefaults: Required<ProducerOptions> = {
  acks: "all",
  compression: "none",
  lingerMs: 0,
  batchBytesMax: 128 * 1024,
  bufferBytesMax: 32 * 1024 * 1024,
  deliveryTimeoutMs: 120_000,
};

const positive = ["batchBytesMax", "bufferBytesMax", "deliveryTimeoutMs"] as const;

/**
 * Fills in the defaults. Refuses sizes and times that cannot work with INVALID_CONFIG, and other kinds of values with an
 * `ArgumentError`.
 */
export function producerOptions(given: ProducerOptions): Required<ProducerOptions> {
  check(given, "object", "options");
  const options = { ...producerDefaults, ...given };
  checkOneOf(options.acks, ["all", 1], "options.acks");
  checkOneOf(options.compression, ["none", "gzip", "snappy", "lz4", "zstd"], "options.compression");
  for (const name of [...positive, "lingerMs"] as const) check(options[name], "number", `options.${name}`);
  for (const name of positive) {
    if (!(options[name] > 0)) throw new ApiError("INVALID_CONFIG", { detail: `${name} must be above 0` });
  }
  if (!(options.lingerMs >= 0))
    throw new ApiError("INVALID_CONFIG", { detail: "lingerMs must be 0 or more" });
  if (options.bufferBytesMax < options.batchBytesMax) {
    throw new ApiError("INVALID_CONFIG", { detail: "bufferBytesMax must be at least batchBytesMax" });
  }
  return options;
}
