import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { emitModule } from "./emit-module.ts";
import { emitAll, emitApiTable } from "./emit-registry.ts";
import { loadSchemas } from "./load-schemas.ts";
import { parseSchema } from "./parse-schema.ts";

const folder = join(import.meta.dirname, "../schemas");

test("the same schemas always give the same code", () => {
  const generate = (): string[] => {
    const schemas = loadSchemas(folder);
    return [...schemas.map(emitModule), emitApiTable(schemas), emitAll(schemas)];
  };
  expect(generate()).toEqual(generate());
});

test("conditions stand only where a version makes a difference", () => {
  const schema = parseSchema(
    "x.kmsg",
    "data Thing 1-4 flexible 3+\n  always: int32\n  text: string\n  late: int32 2+\n  early: int32 1-2\n  ids: []int32\n",
  );
  const code = emitModule(schema);
  const encode = code.slice(code.indexOf("function encodeThing"), code.indexOf("function decodeThing"));
  expect(encode.split("\n").map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      "writer.int32(value.always);",
      "if (version >= 3) writer.compactString(value.text);",
      "else writer.string(value.text);",
      "if (version >= 2) {",
      "if (version <= 2) {",
    ]),
  );
  const decode = code.slice(code.indexOf("function decodeThing"));
  expect(decode.split("\n").map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      "const always = reader.int32();",
      "const text = version >= 3 ? reader.compactString() : reader.string();",
      "const late = version >= 2 ? reader.int32() : 0;",
      "const early = version >= 3 ? 0 : reader.int32();",
      "const idsCount = version >= 3 ? reader.compactArrayLength(4) : reader.arrayLength(4);",
    ]),
  );
});

test("structures of one name in both messages are told apart", () => {
  const code = emitModule(
    parseSchema("x.kmsg", "api 9 X\nrequest 0\n  a: A\n    x: int8\nresponse 0\n  a: A\n    y: int8\n"),
  );
  expect(code).toContain("export interface RequestA {");
  expect(code).toContain("export interface ResponseA {");
});

describe("schemas that do not go together", () => {
  let directory = "";
  afterEach(() => rmSync(directory, { recursive: true }));

  const load = (...texts: string[]): (() => unknown) => {
    directory = mkdtempSync(join(tmpdir(), "schemas-"));
    for (const [index, text] of texts.entries()) writeFileSync(join(directory, `x${index}.kmsg`), text);
    return () => loadSchemas(directory);
  };

  test("two of one key", () => {
    const text = "api 9 X\nrequest 0\n  a: int8\nresponse 0\n  a: int8\n";
    expect(load(text, text)).toThrow("x1.kmsg:1: a second api 9");
  });

  test("a request without a response", () => {
    expect(load("api 9 X\nrequest 0\n  a: int8\n")).toThrow("x0.kmsg:1: two messages expected");
  });

  test("different versions in request and response", () => {
    expect(load("api 9 X\nrequest 0\n  a: int8\nresponse 0-1\n  a: int8\n")).toThrow(
      "x0.kmsg:1: request and response have different versions",
    );
  });
});
