import type { ReadOptions, StartPosition } from "../reader/read-options.ts";
import { ArgumentError } from "./argument-error.ts";
import { check, checkIfGiven, checkOneOf } from "./check.ts";

export function checkReadOptions(options: ReadOptions, signal: AbortSignal | undefined): void {
  check(options, "object", "options");
  check(options.topic, "name", "options.topic");
  check(options.partition, "index", "options.partition");
  if (options.from !== undefined) checkStart(options.from);
  if (options.until !== undefined) checkOneOf(options.until, ["end"], "options.until");
  checkIfGiven(options.readCommitted, "boolean", "options.readCommitted");
  checkIfGiven(options.bytesAhead, "index", "options.bytesAhead");
  checkIfGiven(options.resumeTimeoutMs, "number", "options.resumeTimeoutMs");
  checkIfGiven(signal, "signal", "signal");
}

function checkStart(from: StartPosition): void {
  if (from === "earliest" || from === "latest") return;
  const place: Partial<Record<"offset" | "timestampMs", unknown>> = Object(from);
  if ("offset" in place) check(place.offset, "integer", "options.from.offset");
  else if ("timestampMs" in place) check(place.timestampMs, "integer", "options.from.timestampMs");
  else throw new ArgumentError("options.from", `"earliest", "latest", { offset } or { timestampMs }`, from);
}
