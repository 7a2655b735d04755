/** Kafka's value types (ConfigDef.Type). `class` and `password` are strings; a password is never shown. */
export type KafkaConfigType =
  | "boolean"
  | "string"
  | "int"
  | "short"
  | "long"
  | "double"
  | "list"
  | "class"
  | "password";

/** One config as Kafka 4.3 defines it. Values travel and are stored as text. */
export interface KafkaConfig {
  readonly type: KafkaConfigType;
  /** Null: not set. */
  readonly default: string | null;
  /** Without a value a node does not start. */
  readonly required?: true;
  /** Inclusive. */
  readonly min?: number;
  /** Inclusive. */
  readonly max?: number;
  /** A single value accepted outside `min` and `max`. */
  readonly besides?: number;
  /** The only values of a string; the only members of a list. */
  readonly values?: readonly string[];
  readonly ignoreCase?: true;
  readonly nonEmpty?: true;
  /** A format of its own, see `check-config-value.ts`. */
  readonly check?: "throttledReplicas" | "shareOffsetReset";
  /** Broker configs only: can change while brokers run; absent: read when a broker starts. */
  readonly dynamic?: "cluster-wide" | "per-broker";
  /** Broker configs only: Kafka shows it where it is set, and never its default. */
  readonly onlyWhenSet?: true;
  /** Accepted, but not shown when configs are described. */
  readonly internal?: true;
  readonly doc?: string;
}

export type KafkaConfigTable = Readonly<Record<string, KafkaConfig>>;

/** Keeps the literal types of a table: `ConfigValues` derives the types of its values from them. */
export function kafkaConfigs<const T extends KafkaConfigTable>(table: T): T {
  return table;
}

type ValueOf<C extends KafkaConfig> = C["type"] extends "boolean"
  ? boolean
  : C["type"] extends "int" | "short" | "long" | "double"
    ? number
    : C["type"] extends "list"
      ? readonly (C extends { readonly values: readonly (infer V)[] } ? V : string)[]
      : C extends { readonly values: readonly (infer V)[] }
        ? V
        : string;

/** The parsed values of a table, by Kafka's names. */
export type ConfigValues<T extends KafkaConfigTable> = {
  readonly [K in keyof T]: ValueOf<T[K]> | (T[K]["default"] extends null ? undefined : never);
};
