/** What a user can do something about; the message is one line and says what. */
export class QuorumError extends Error {
  override readonly name = "QuorumError";
}
