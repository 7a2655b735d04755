/**
 * A program handed in something of another kind than the types say: a bug of the caller's, found before anything was
 * sent. Plain JavaScript has no compiler to find it.
 */
export class ArgumentError extends TypeError {
  override readonly name = "ArgumentError";
  /** As Node's own errors of this kind have it. */
  readonly code = "ERR_INVALID_ARG_TYPE";
  /** Where it stood: "record.partition". */
  readonly parameter: string;
  /** What should have stood there: "a string". */
  readonly expected: string;

  constructor(parameter: string, expected: string, value: unknown) {
    super(`${parameter} must be ${expected}, not ${described(value)}`);
    this.parameter = parameter;
    this.expected = expected;
  }
}

const TEXT_LENGTH_MAX = 40;

function described(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (typeof value === "string") {
    return value.length > TEXT_LENGTH_MAX ? "a string" : `the string ${JSON.stringify(value)}`;
  }
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" ? `a ${name}` : "an object";
}
