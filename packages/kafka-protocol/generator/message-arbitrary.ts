import fc from "fast-check";
import type { ArrayType, Field, Message, PrimitiveName, PrimitiveType, StructType } from "./schema.ts";
import { contains } from "./versions.ts";

/** Large enough to be spliced in now and then, see SPLICE_BYTES_MIN. */
const RECORDS_BYTES_MAX = 1500;

const integers = (bits: number): fc.Arbitrary<number> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));

const primitives: Record<PrimitiveName, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: integers(8),
  int16: integers(16),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: integers(32),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  int64: fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  float64: fc.double(),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((array) => Buffer.from(array).toString("base64url")),
  string: fc.string({ unit: "grapheme", maxLength: 60 }),
  bytes,
  records: fc.oneof(
    bytes,
    fc.integer({ min: 0, max: RECORDS_BYTES_MAX }).map((size) => Buffer.alloc(size, 7)),
  ),
};

/** Any message that can be encoded in a version, with unknown tagged fields where there can be some. */
export function messageArbitrary(message: Message, version: number): fc.Arbitrary<Record<string, unknown>> {
  return structArbitrary(message, message.name, version);
}

function structArbitrary(
  message: Message,
  name: string,
  version: number,
): fc.Arbitrary<Record<string, unknown>> {
  const { fields } = message.structs.find((struct) => struct.name === name)!;
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fields) {
    if (contains(field.versions, version)) model[field.name] = fieldArbitrary(message, field, version);
  }
  if (message.flexibleFrom === undefined || version < message.flexibleFrom) return fc.record(model);
  const tags = fields.filter((field) => field.tag !== undefined).length;
  const unknownTaggedFields = fc
    .uniqueArray(fc.record({ tag: fc.integer({ min: tags, max: 0xffff_ffff }), data: bytes }), {
      selector: ({ tag }) => tag,
      minLength: 1,
      maxLength: 3,
    })
    .map((unknown) => unknown.sort((a, b) => a.tag - b.tag));
  return fc.oneof(
    { weight: 4, arbitrary: fc.record(model) },
    { weight: 1, arbitrary: fc.record({ ...model, unknownTaggedFields }) },
  );
}

function fieldArbitrary(message: Message, field: Field, version: number): fc.Arbitrary<unknown> {
  const value =
    field.type.kind === "array"
      ? fc.array(elementArbitrary(message, field.type.element, version), { maxLength: 2 })
      : elementArbitrary(message, field.type, version);
  return contains(field.nullable, version) ? fc.option(value, { freq: 4 }) : value;
}

function elementArbitrary(
  message: Message,
  type: ArrayType["element"] | PrimitiveType | StructType,
  version: number,
): fc.Arbitrary<unknown> {
  return type.kind === "struct" ? structArbitrary(message, type.name, version) : primitives[type.name];
}
