import type { Context } from "./context.ts";
import { isFlexible } from "./min-size.ts";
import type { Field, PrimitiveName } from "./schema.ts";
import { contains } from "./versions.ts";

/** Names of the methods of Reader and Writer for a type, by encoding. */
const STEMS: Partial<Record<PrimitiveName, string>> = { bool: "boolean" };
const VARIABLE: readonly PrimitiveName[] = ["string", "bytes", "records"];

/** How a field stands on the wire in one version, as the suffix of a method name: compactNullableString. */
export function methodIn(context: Context, field: Field, name: PrimitiveName, version: number): string {
  const stem = STEMS[name] ?? name;
  if (!VARIABLE.includes(name)) return stem;
  const element = field.type.kind === "array";
  return prefixed(context, field, stem, version, !element && contains(field.nullable, version));
}

/** As `methodIn`, for the length of an array. */
export function lengthMethodIn(context: Context, field: Field, version: number): string {
  return prefixed(context, field, "arrayLength", version, contains(field.nullable, version));
}

/** The method for what stands in front of a nullable structure. */
export function structPresentMethod(field: Field): string {
  return field.tag === undefined ? "structPresent" : "taggedStructPresent";
}

function prefixed(context: Context, field: Field, stem: string, version: number, nullable: boolean): string {
  const parts: string[] = [];
  if (isFlexible(context.message, version) && !field.inflexible) parts.push("compact");
  if (nullable) parts.push("nullable");
  return [...parts, stem]
    .map((part, index) => (index === 0 ? part : part[0]!.toUpperCase() + part.slice(1)))
    .join("");
}
