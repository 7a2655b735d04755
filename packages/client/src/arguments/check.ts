import { isHost, isPort } from "@millrace/runtime";
import { ArgumentError } from "./argument-error.ts";

interface Kind {
  readonly expected: string;
  holds(value: unknown): boolean;
}

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const kinds = {
  object: {
    expected: "an object",
    holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  },
  array: { expected: "an array", holds: Array.isArray },
  name: {
    expected: "a string that is not empty",
    holds: (value) => typeof value === "string" && value !== "",
  },
  string: { expected: "a string", holds: (value) => typeof value === "string" },
  boolean: { expected: "a boolean", holds: (value) => typeof value === "boolean" },
  /** Bounds are a matter of what is configured; NaN and text are not numbers. */
  number: { expected: "a number", holds: (value) => typeof value === "number" && !Number.isNaN(value) },
  integer: { expected: "an integer", holds: Number.isSafeInteger },
  index: { expected: "an integer of 0 or more", holds: isIndex },
  host: { expected: "a host name or IP address", holds: isHost },
  port: { expected: "an integer from 1 to 65535", holds: isPort },
  payload: {
    expected: "a string, a Uint8Array or null",
    holds: (value) => typeof value === "string" || value === null || value instanceof Uint8Array,
  },
  signal: { expected: "an AbortSignal", holds: (value) => value instanceof AbortSignal },
} as const satisfies Record<string, Kind>;

/** Throws an `ArgumentError` about `parameter` when the value is of another kind. */
export function check(value: unknown, kind: keyof typeof kinds, parameter: string): void {
  if (!kinds[kind].holds(value)) throw new ArgumentError(parameter, kinds[kind].expected, value);
}

/** As `check`, for what may be left out. */
export function checkIfGiven(value: unknown, kind: keyof typeof kinds, parameter: string): void {
  if (value !== undefined) check(value, kind, parameter);
}

/** For what is one of a few words or numbers. */
export function checkOneOf(value: unknown, allowed: readonly unknown[], parameter: string): void {
  if (allowed.includes(value)) return;
  throw new ArgumentError(parameter, allowed.map((word) => JSON.stringify(word)).join(" or "), value);
}

/** An object of which every value is of one kind. */
export function checkEntries(value: unknown, kind: keyof typeof kinds, parameter: string): void {
  check(value, "object", parameter);
  for (const [name, entry] of Object.entries(value as object)) check(entry, kind, `${parameter}.${name}`);
}

/** An array whose items each pass `checkItem`, which is told what to call them. */
export function checkEach<T>(
  items: readonly T[],
  parameter: string,
  checkItem: (item: T, parameter: string) => void,
): void {
  check(items, "array", parameter);
  for (const [at, item] of items.entries()) checkItem(item, `${parameter}[${at}]`);
}
