/** What a user can do something about; the message is one line. */
export class StackError extends Error {
  override readonly name = "StackError";
}
