import { DiskError, type DiskErrorCode } from "@millrace/runtime";

const codes: ReadonlyMap<string, DiskErrorCode> = new Map([
  ["ENOENT", "NOT_FOUND"],
  ["EEXIST", "EXISTS"],
  ["ENOTEMPTY", "EXISTS"],
  ["EISDIR", "EXISTS"],
  ["ENOSPC", "FULL"],
  ["EDQUOT", "FULL"],
  ["EACCES", "DENIED"],
  ["EPERM", "DENIED"],
  ["EROFS", "DENIED"],
]);

/** What an `fs` call threw, as a `DiskError`; all that we do not tell apart is `IO`. */
export function toDiskError(error: unknown, path: string): DiskError {
  if (error instanceof DiskError) return error;
  const errno = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return new DiskError(codes.get(errno) ?? "IO", path, message, { cause: error });
}
