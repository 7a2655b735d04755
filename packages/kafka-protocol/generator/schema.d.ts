import type { Versions } from "./versions.ts";
export declare const PRIMITIVES: readonly [
  "bool",
  "int8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "float64",
  "uuid",
  "string",
  "bytes",
  "records",
];
export type PrimitiveName = (typeof PRIMITIVES)[number];
export interface PrimitiveType {
  readonly kind: "primitive";
  readonly name: PrimitiveName;
}
export interface StructType {
  readonly kind: "struct";
  readonly name: string;
}
export interface ArrayType {
  readonly kind: "array";
  readonly element: PrimitiveType | StructType;
}
export type FieldType = PrimitiveType | StructType | ArrayType;
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly versions: Versions;
  /** Versions in which it may be null, if any. */
  readonly nullable: Versions | undefined;
  /** In its versions it is written as a tagged field with this tag, and only when it is not the default. */
  readonly tag: number | undefined;
  /** As written in the schema; undefined: zero, empty, or a structure of defaults. */
  readonly defaultValue: string | undefined;
  /** Identifies an element within its array. */
  readonly key: boolean;
  /** A value is dropped without an error in versions that lack the field. */
  readonly ignorable: boolean;
  /** Keeps the old encoding in flexible versions. */
  readonly inflexible: boolean;
}
export interface Struct {
  readonly name: string;
  /** Versions in which it can occur. */
  readonly versions: Versions;
  readonly fields: readonly Field[];
}
export type MessageKind = "request" | "response" | "key" | "value" | "data" | "header";
export interface Message {
  readonly name: string;
  readonly kind: MessageKind;
  readonly versions: Versions;
  /** The first flexible version (KIP-482), if there is one. */
  readonly flexibleFrom: number | undefined;
  readonly latestVersionUnstable: boolean;
  /** The message itself comes first, then the structures in it, in order of appearance. */
  readonly structs: readonly Struct[];
}
export interface Api {
  readonly key: number;
  readonly name: string;
  readonly listeners: readonly string[];
}
/** A record that a coordinator writes to its log topic: a key and a value with one type number. */
export interface LogRecord {
  readonly type: number;
  readonly name: string;
  readonly log: string;
}
/** One schema file. */
export interface Schema {
  /** Name of the module that is generated for it. */
  readonly module: string;
  readonly doc: readonly string[];
  readonly api: Api | undefined;
  readonly record: LogRecord | undefined;
  readonly messages: readonly Message[];
}
//# sourceMappingURL=schema.d.ts.map
