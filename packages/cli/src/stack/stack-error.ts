/** What a user can do something about; the message is one line. */
export class StackError extends Error {
  override readonly name = "StackError";
}

/** `what` could not be done to a file, and the system's code says why: ENOENT, EACCES. */
export function diskFailure(what: string, error: unknown): StackError {
  const code = error instanceof Error && "code" in error ? error.code : error;
  return new StackError(`${what} (${code})`, { cause: error });
}
