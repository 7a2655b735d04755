import type { ArrayType, Field, Message, PrimitiveName } from "./schema.ts";
import { contains } from "./versions.ts";

const FIXED: Partial<Record<PrimitiveName, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

/**
 * The fewest bytes that an array element takes in a version. It bounds the count of elements that the rest of a
 * frame can hold, so that no array is begun which its frame cannot fill. At least 1.
 */
export function elementSizeMin(message: Message, element: ArrayType["element"], version: number): number {
  const flexible = isFlexible(message, version);
  if (element.kind === "primitive") return primitiveSizeMin(element.name, flexible);
  return Math.max(1, structSizeMin(message, element.name, version));
}

function structSizeMin(message: Message, name: string, version: number): number {
  const struct = message.structs.find((candidate) => candidate.name === name)!;
  let size = isFlexible(message, version) ? 1 : 0;
  for (const field of struct.fields) {
    if (field.tag === undefined && contains(field.versions, version))
      size += fieldSizeMin(message, field, version);
  }
  return size;
}

function fieldSizeMin(message: Message, field: Field, version: number): number {
  const flexible = isFlexible(message, version) && !field.inflexible;
  if (field.type.kind === "primitive") return primitiveSizeMin(field.type.name, flexible);
  if (field.type.kind === "array") return flexible ? 1 : 4;
  return contains(field.nullable, version) ? 1 : structSizeMin(message, field.type.name, version);
}

function primitiveSizeMin(name: PrimitiveName, flexible: boolean): number {
  return FIXED[name] ?? (flexible ? 1 : name === "string" ? 2 : 4);
}

export function isFlexible(message: Message, version: number): boolean {
  return message.flexibleFrom !== undefined && version >= message.flexibleFrom;
}
