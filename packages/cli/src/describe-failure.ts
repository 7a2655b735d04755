import { ApiError } from "@millrace/runtime";

const expected: ReadonlySet<string> = new Set([
  "ApiError",
  "ConfigError",
  "DataDirectoryError",
  "DiskError",
  "NetworkError",
  "QuorumError",
  "RaftStorageError",
  "StackError",
]);

/** One line for what a user can do something about; everything else is a bug of ours, with its stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What is wrong with a configuration needs no code beside it.
  if (error instanceof ApiError && error.id === "INVALID_CONFIG") return error.detail;
  return expected.has(error.name) ? error.message : (error.stack ?? error.message);
}
