const expected: ReadonlySet<string> = new Set([
  "ApiError",
  "ConfigError",
  "DataDirectoryError",
  "DiskError",
  "NetworkError",
  "RaftStorageError",
]);

/** One line for what a user can do something about; everything else is a bug of ours, with its stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return expected.has(error.name) ? error.message : (error.stack ?? error.message);
}
