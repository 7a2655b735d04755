import { create } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, StructSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { transferEncoded, transferFrozen } from "./transfer.ts";

describe("transferFrozen", () => {
  test("hands over the same object, frozen to its leaves", () => {
    const file = create(FileDescriptorProtoSchema, {
      name: "a",
      messageType: [{ name: "M", reservedName: ["x"] }],
    });
    const { message } = transferFrozen(FileDescriptorProtoSchema, file, 1_000);
    expect(message).toBe(file);
    expect(() => {
      file.name = "b";
    }).toThrow(TypeError);
    expect(() => file.messageType[0]?.reservedName.push("y")).toThrow(TypeError);
  });

  test("freezes maps and what is in them", () => {
    const fields = { a: { kind: { case: "stringValue", value: "x" } } } as const;
    const struct = create(StructSchema, { fields });
    transferFrozen(StructSchema, struct, 1_000);
    expect(Object.isFrozen(struct.fields)).toBe(true);
    expect(Object.isFrozen(struct.fields.a?.kind)).toBe(true);
  });

  test("makes a whole message of its initializer", () => {
    const { message } = transferFrozen(FileDescriptorProtoSchema, { name: "a" }, 1_000);
    expect(message).toMatchObject({ $typeName: "google.protobuf.FileDescriptorProto", messageType: [] });
  });
});

describe.each([
  ["frozen", transferFrozen],
  ["encoded", transferEncoded],
] as const)("transfer %s", (_name, transfer) => {
  test("refuses what is certainly too large", () => {
    const init = { name: "x".repeat(1_001) };
    expect(() => transfer(FileDescriptorProtoSchema, init, 1_000)).toThrow("MESSAGE_TOO_LARGE");
  });
});

test("transferEncoded shares nothing", () => {
  const file = create(FileDescriptorProtoSchema, { name: "a", dependency: ["b"] });
  const { message } = transferEncoded(FileDescriptorProtoSchema, file, 1_000);
  file.dependency.push("c");
  expect(message).toMatchObject({ name: "a", dependency: ["b"] });
});
