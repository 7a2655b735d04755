import { describe, expect, test } from "vitest";
import { parseSchema } from "./parse-schema.ts";
import { SchemaError } from "./schema-error.ts";

const EXAMPLE = `# Greets.
# KIP-0.
api 7 Greet
listeners broker controller

request 1-4 flexible 3+ latest-unstable
  name: string? = null
  times: int32 2+ ignorable = 1
  # A comment between fields.
  guests: []Guest 2-3
    id: uuid key
    hat: Hat? 3 tag 0
      size: int16 = -1
  again: []Hat

response 1-4 flexible 3+
  answers: []string?2-3
  place: Place
  struct Place
    street: string inflexible
`;

describe("a schema", () => {
  const schema = parseSchema("apis/greet.kmsg", EXAMPLE);
  const [request, response] = schema.messages;

  test("names its module, its API and what it is", () => {
    expect(schema.module).toBe("greet");
    expect(schema.doc).toEqual(["Greets.", "KIP-0."]);
    expect(schema.api).toEqual({ key: 7, name: "Greet", listeners: ["broker", "controller"] });
    expect(schema.record).toBeUndefined();
  });

  test("has two messages with their versions", () => {
    expect(request).toMatchObject({
      name: "GreetRequest",
      kind: "request",
      versions: { first: 1, last: 4 },
      flexibleFrom: 3,
      latestVersionUnstable: true,
    });
    expect(response).toMatchObject({ name: "GreetResponse", kind: "response", latestVersionUnstable: false });
  });

  test("lists structures in order of appearance, inline ones and shared ones", () => {
    expect(request?.structs.map(({ name, versions }) => [name, versions])).toEqual([
      ["GreetRequest", { first: 1, last: 4 }],
      ["Guest", { first: 2, last: 3 }],
      ["Hat", { first: 3, last: 3 }],
    ]);
    expect(response?.structs.map(({ name }) => name)).toEqual(["GreetResponse", "Place"]);
  });

  test("resolves what fields say of their versions", () => {
    const [name, times, guests] = request!.structs[0]!.fields;
    expect(name).toMatchObject({
      versions: { first: 1, last: 4 },
      nullable: { first: 1, last: 4 },
      defaultValue: "null",
    });
    expect(times).toMatchObject({
      versions: { first: 2, last: 4 },
      ignorable: true,
      defaultValue: "1",
      nullable: undefined,
    });
    expect(guests).toMatchObject({ type: { kind: "array", element: { kind: "struct", name: "Guest" } } });
    expect(request!.structs[1]!.fields).toMatchObject([
      { name: "id", key: true, versions: { first: 2, last: 3 } },
      { name: "hat", tag: 0, versions: { first: 3, last: 3 }, nullable: { first: 3, last: 3 } },
    ]);
    expect(response!.structs[0]!.fields[0]).toMatchObject({ nullable: { first: 2, last: 3 } });
    expect(response!.structs[1]!.fields[0]).toMatchObject({ inflexible: true });
  });

  test("may be of a coordinator's record, or of messages that name themselves", () => {
    const record = parseSchema(
      "x.kmsg",
      "record 3 Thing\nlog group\nkey 0\n  id: string\nvalue 0-1\n  epoch: int32\n",
    );
    expect(record.record).toEqual({ type: 3, name: "Thing", log: "group" });
    expect(record.messages.map(({ name }) => name)).toEqual(["ThingKey", "ThingValue"]);
    expect(parseSchema("x.kmsg", "data Thing 0\n  id: string\n").messages[0]?.name).toBe("Thing");
  });
});

describe("a mistake is reported with its file and line", () => {
  const request = "api 7 Greet\nrequest 1-4 flexible 3+\n";

  test.each<[string, string, string]>([
    ["an unknown keyword", "apis 7 Greet", "x.kmsg:1: unknown keyword apis"],
    ["a key that is no number", "api seven Greet", "x.kmsg:1: number expected"],
    ["a request without an API", "request 1-4", "x.kmsg:1: request without a name"],
    ["no versions", "api 7 Greet\nrequest", "x.kmsg:2: versions expected"],
    ["versions backwards", "api 7 Greet\nrequest 4-1", "x.kmsg:2: versions expected"],
    [
      "an unknown attribute of a message",
      "api 7 Greet\nrequest 1 stable",
      "x.kmsg:2: unknown attribute stable",
    ],
    ["an odd indentation", `${request}   name: string`, "x.kmsg:3: indent by two spaces"],
    ["a field that is too deep", `${request}    name: string`, "x.kmsg:3: unexpected indentation"],
    ["something that is no field", `${request}  name string`, "x.kmsg:3: not a field: NAME: TYPE ..."],
    ["an unknown type", `${request}  name: text`, "x.kmsg:3: unknown type text"],
    ["an unknown attribute", `${request}  name: string maybe`, "x.kmsg:3: unknown attribute maybe"],
    ["a tag without a number", `${request}  name: string 3+ tag`, "x.kmsg:3: tag NUMBER"],
    [
      "versions beyond the message's",
      `${request}  name: string 2-5`,
      "x.kmsg:3: name reaches beyond the versions of what it is in",
    ],
    [
      "null beyond the field's versions",
      `${request}  name: string?1+ 2+`,
      "x.kmsg:3: name is nullable in versions that lack it",
    ],
    ["a number that is nullable", `${request}  id: int32?`, "x.kmsg:3: int32 cannot be null"],
    [
      "null as a default of what is never null",
      `${request}  name: string = null`,
      "x.kmsg:3: null as the default of a field that cannot be null",
    ],
    ["a default of another type", `${request}  id: int32 = "a"`, 'x.kmsg:3: "a" is no default for int32'],
    [
      "a default of an array",
      `${request}  ids: []int32 = 1`,
      "x.kmsg:3: only null can be the default of arrays and structures",
    ],
    ["fields below a number", `${request}  id: int32\n    name: string`, "x.kmsg:3: id has no fields"],
    [
      "a structure that is not there",
      `${request}  place: Place`,
      "x.kmsg:2: GreetRequest: no structure Place",
    ],
    [
      "a structure twice",
      `${request}  a: A\n    x: int8\n  b: A\n    x: int8`,
      "x.kmsg:2: GreetRequest: structure A twice",
    ],
    ["a field twice", `${request}  a: int8\n  a: int8`, "x.kmsg:2: GreetRequest: field a twice"],
    [
      "a tag in inflexible versions",
      `${request}  a: int8 2+ tag 0`,
      "x.kmsg:2: GreetRequest: a has a tag in versions that are not flexible",
    ],
    ["tags with a gap", `${request}  a: int8 3+ tag 1`, "x.kmsg:2: GreetRequest: tags are not 0, 1, 2, ..."],
    [
      "records in a tagged field",
      `${request}  a: records 3+ tag 0`,
      "x.kmsg:2: GreetRequest: records cannot be in a tagged field",
    ],
  ])("%s", (_name, text, message) => {
    expect(() => parseSchema("x.kmsg", text)).toThrow(new SchemaError(...split(message)));
  });

  function split(message: string): [string, number, string] {
    const [, file, line, text] = /^([^:]+):(\d+): (.*)$/.exec(message)!;
    return [file!, Number(line), text!];
  }
});
