/** What a disk can do to us. `FULL` is ENOSPC and quotas, `DENIED` permissions and read-only file systems. */
export type DiskErrorCode = "NOT_FOUND" | "EXISTS" | "FULL" | "DENIED" | "IN_USE" | "IO";

export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.code = code;
    this.path = path;
  }
}
