import { ApiError, type ConfigInput } from "@millrace/runtime";
import type { Setting } from "./setting.ts";

/**
 * What a configuration file says. Keys may be written whole (`grpc.port: 9094`) or nested (`grpc: { port: 9094 }`); a
 * list as YAML's or separated by commas; a key without a value is not set. `name` is for messages. Throws
 * INVALID_CONFIG when it cannot be read, naming the line.
 */
export async function fileSettings(name: string, text: string): Promise<readonly Setting[]> {
  const { parseDocument } = await import("yaml"); // only who has a file pays for it
  const document = parseDocument(text, { intAsBigInt: true, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    const what = error.message.replace(/ at line \d+, column \d+:.*/s, "");
    throw unreadable(`${name}${line === undefined ? "" : `:${line}`}`, what);
  }
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return [];
  if (!isMap(content)) throw unreadable(name, "it has to be a map of keys and values");
  const settings = [...flat(name, "", content)];
  const twice = settings.find(({ key }, place) => settings.findIndex((one) => one.key === key) !== place);
  if (twice !== undefined) throw unreadable(name, `${twice.key} is set twice`);
  return settings;
}

function* flat(name: string, prefix: string, map: Readonly<Record<string, unknown>>): Generator<Setting> {
  for (const [last, value] of Object.entries(map)) {
    const key = `${prefix}${last}`;
    if (value === null) continue;
    if (isMap(value)) yield* flat(name, `${key}.`, value);
    else yield { key, value: input(name, key, value), from: `${name}: ${key}` };
  }
}

function input(name: string, key: string, value: unknown): ConfigInput {
  if (!Array.isArray(value)) return String(value);
  if (value.some((item) => typeof item === "object")) {
    throw unreadable(name, `${key} has to be a list of plain values`);
  }
  return value.map(String);
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function unreadable(where: string, what: string): ApiError {
  return new ApiError("INVALID_CONFIG", { detail: `${where}: ${what}` });
}
