import type { Secret } from "./secret.ts";

/** Whom a value is for: where it may be set, and how far it reaches. */
export type ConfigScope = "process" | "cluster" | "broker" | "topic" | "group" | "client";

interface Definition<T> {
  /** In force when nothing is set: null for no value, and left out when one has to be set. */
  readonly default?: T | null;
  readonly doc: string;
  readonly scope: ConfigScope;
  /** Whether a change is in force at once, without a restart. */
  readonly reload: boolean;
  /** How a command line says it: `--data-dir <dir>`; a list's may be repeated. */
  readonly flag?: string;
  /** Not shown to users. */
  readonly internal?: boolean;
  /** What no bound says: returns what is wrong with a value, as the end of a sentence, or undefined. */
  readonly check?: (value: T) => string | undefined;
}

export interface BooleanDefinition extends Definition<boolean> {
  readonly type: "boolean";
}

/**
 * `short`, `int` and `long` are whole numbers of 16, 32 and 64 bits. A `long` beyond 2^53 - 1 either way is plus or
 * minus `Infinity`, and `Infinity` is written 9223372036854775807: whoever sets that means "no limit". (It is
 * shown as it was set, since what is kept of a setting is its text.)
 */
export interface NumberDefinition extends Definition<number> {
  readonly type: "short" | "int" | "long" | "double";
  /** Bounds, both inclusive. */
  readonly min?: number;
  readonly max?: number;
  /** Outside of the bounds and allowed all the same, such as -1 for "unlimited". */
  readonly also?: readonly number[];
}

export interface TextDefinition extends Definition<string> {
  /** `class` is the name of an implementation. */
  readonly type: "string" | "class";
  readonly valid?: readonly string[];
  /** `valid` whatever the case; the value is the entry of `valid`. */
  readonly ignoreCase?: boolean;
}

export interface ListDefinition extends Definition<readonly string[]> {
  readonly type: "list";
  /** For each item. */
  readonly valid?: readonly string[];
  readonly itemsMin?: number;
}

export interface PasswordDefinition extends Definition<Secret> {
  readonly type: "password";
}

export type ConfigDefinition =
  | BooleanDefinition
  | NumberDefinition
  | TextDefinition
  | ListDefinition
  | PasswordDefinition;

export type ConfigDefinitions = Readonly<Record<string, ConfigDefinition>>;

type OneOf<D> = D extends { readonly valid: readonly (infer V)[] } ? V : string;

type SetValueOf<D extends ConfigDefinition> = D["type"] extends "boolean"
  ? boolean
  : D["type"] extends "short" | "int" | "long" | "double"
    ? number
    : D["type"] extends "list"
      ? readonly OneOf<D>[]
      : D["type"] extends "password"
        ? Secret
        : OneOf<D>;

/** The type of a key's value: null only where that is the default. */
export type ConfigValueOf<D extends ConfigDefinition> =
  | SetValueOf<D>
  | (D extends { readonly default: null } ? null : never);

export type ConfigValue = boolean | number | string | readonly string[] | Secret | null;
