import { checkMessage } from "./check-message.ts";
import { parseField } from "./parse-field.ts";
import type { Api, LogRecord, Message, MessageKind, Schema, Struct } from "./schema.ts";
import { SchemaError } from "./schema-error.ts";
import { type SchemaLine, schemaLines } from "./schema-lines.ts";
import { parseVersions, type Versions } from "./versions.ts";

const ANY_VERSION: Versions = { first: 0, last: 0x7fff };

/** Reads one `.kmsg` file (the format is in schemas/README.md). Throws a SchemaError with file and line. */
export function parseSchema(file: string, text: string): Schema {
  const { doc, lines } = schemaLines(file, text);
  const module = file.replace(/^.*\//, "").replace(/\.kmsg$/, "");
  let api: Api | undefined;
  let record: LogRecord | undefined;
  const messages: Message[] = [];
  const cursor = { index: 0 };
  while (cursor.index < lines.length) {
    const line = lines[cursor.index]!;
    const fail = (text: string): never => {
      throw new SchemaError(file, line.number, text);
    };
    if (line.indent !== 0) fail("unexpected indentation");
    const [head, ...words] = line.text.split(/\s+/) as [string, ...string[]];
    cursor.index++;
    if (head === "api") {
      api = { key: number(words[0], fail), name: words[1] ?? fail("api KEY NAME"), listeners: [] };
    } else if (head === "listeners") {
      api = { ...(api ?? fail("listeners without an api")), listeners: words };
    } else if (head === "record") {
      record = { type: number(words[0], fail), name: words[1] ?? fail("record TYPE NAME"), log: "" };
    } else if (head === "log") {
      record = { ...(record ?? fail("log without a record")), log: words[0] ?? fail("log NAME") };
    } else {
      const kind = messageKind(head) ?? fail(`unknown keyword ${head}`);
      const name = messageName(kind, words, api, record) ?? fail(`${kind} without a name`);
      messages.push(parseMessage({ file, lines, cursor, kind, name, words, fail }));
      checkMessage(messages.at(-1)!, fail);
    }
  }
  return { module, doc, api, record, messages };
}

interface MessageInput {
  readonly file: string;
  readonly lines: readonly SchemaLine[];
  readonly cursor: { index: number };
  readonly kind: MessageKind;
  readonly name: string;
  readonly words: string[];
  readonly fail: (text: string) => never;
}

function parseMessage({ file, lines, cursor, kind, name, words, fail }: MessageInput): Message {
  const versions = parseVersions(words.shift() ?? "", ANY_VERSION) ?? fail("versions expected");
  let flexibleFrom: number | undefined;
  let latestVersionUnstable = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "flexible")
      flexibleFrom = parseVersions(words.shift() ?? "", versions)?.first ?? fail("flexible FIRST+");
    else if (word === "latest-unstable") latestVersionUnstable = true;
    else fail(`unknown attribute ${word}`);
  }
  const structs: Struct[] = [];
  parseStruct(name, versions, 1);
  while (cursor.index < lines.length && lines[cursor.index]!.text.startsWith("struct ")) {
    const structName = lines[cursor.index++]!.text.slice("struct ".length).trim();
    parseStruct(structName, versions, 2);
  }
  return { name, kind, versions, flexibleFrom, latestVersionUnstable, structs };

  function parseStruct(structName: string, within: Versions, depth: number): void {
    const fields: Struct["fields"][number][] = [];
    structs.push({ name: structName, versions: within, fields });
    for (let line = lines[cursor.index]; line !== undefined; line = lines[cursor.index]) {
      if (line.indent < depth || line.text.startsWith("struct ")) return;
      if (line.indent > depth) throw new SchemaError(file, line.number, "unexpected indentation");
      const field = parseField(file, line, within);
      fields.push(field);
      cursor.index++;
      if ((lines[cursor.index]?.indent ?? 0) <= depth) continue;
      const type = field.type.kind === "array" ? field.type.element : field.type;
      if (type.kind !== "struct") throw new SchemaError(file, line.number, `${field.name} has no fields`);
      parseStruct(type.name, field.versions, depth + 1);
    }
  }
}

function messageKind(word: string): MessageKind | undefined {
  const kinds: readonly string[] = ["request", "response", "key", "value", "data", "header"];
  return kinds.includes(word) ? (word as MessageKind) : undefined;
}

/** Requests, responses, keys and values are named after their API or record; the rest name themselves. */
function messageName(
  kind: MessageKind,
  words: string[],
  api: Api | undefined,
  record: LogRecord | undefined,
): string | undefined {
  if (kind === "request") return api && `${api.name}Request`;
  if (kind === "response") return api && `${api.name}Response`;
  if (kind === "key") return record && `${record.name}Key`;
  if (kind === "value") return record && `${record.name}Value`;
  return words.shift();
}

function number(text: string | undefined, fail: (text: string) => never): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : fail("number expected");
}
