/** A schema that cannot be read or makes no sense. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";

  constructor(file: string, line: number, text: string) {
    super(`${file}:${line}: ${text}`);
  }
}
