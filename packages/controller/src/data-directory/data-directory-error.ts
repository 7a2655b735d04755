/**
 * - `IN_USE`: another node has it.
 * - `NOT_EMPTY`: files of something else, and not formatted.
 * - `FOREIGN_FORMAT`: formatted, but not by Millrace. `NEWER_FORMAT`: by a newer Millrace.
 * - `OTHER_CLUSTER`, `OTHER_NODE`: formatted for another one.
 * - `NOT_FORMATTED`: no node has had it, where one is to be looked into. `NO_METADATA_LOG`: not a controller's.
 * - `DAMAGED`: its `meta.properties` cannot be read.
 */
export type DataDirectoryErrorCode =
  | "IN_USE"
  | "NOT_EMPTY"
  | "FOREIGN_FORMAT"
  | "NEWER_FORMAT"
  | "OTHER_CLUSTER"
  | "OTHER_NODE"
  | "NOT_FORMATTED"
  | "NO_METADATA_LOG"
  | "DAMAGED";

/** A data directory that a node must not start on. The message says what to do, in one line. */
export class DataDirectoryError extends Error {
  override readonly name = "DataDirectoryError";
  readonly code: DataDirectoryErrorCode;
  readonly directory: string;

  constructor(code: DataDirectoryErrorCode, directory: string, message: string, options?: ErrorOptions) {
    super(`data directory ${directory}: ${message}`, options);
    this.code = code;
    this.directory = directory;
  }
}
