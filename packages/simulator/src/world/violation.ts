/** A checker found what must never be. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** The checker's name. */
  readonly check: string;

  constructor(check: string, message: string, options?: ErrorOptions) {
    super(`${check}: ${message}`, options);
    this.check = check;
  }
}
