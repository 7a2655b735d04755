import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadSchemas } from "../generator/load-schemas.ts";
import { messageVectors } from "../test-support/message-vectors.ts";
import { fromVector } from "../test-support/vector-fields.ts";
import { messageCodecs } from "./generated/all.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const codecs = new Map(messageCodecs.map((codec) => [codec.name, codec]));
const schemas = new Map(
  loadSchemas(join(import.meta.dirname, "../schemas")).flatMap(({ messages }) =>
    messages.map((message) => [message.name, message] as const),
  ),
);
const byMessage = Map.groupBy(messageVectors(), (vector) => vector.message);

test("there are vectors for every version of every message", () => {
  for (const { name, minVersion, maxVersion } of messageCodecs) {
    const versions = new Set(byMessage.get(name)?.map((vector) => vector.version));
    expect(
      [...versions].sort((a, b) => a - b),
      name,
    ).toEqual(Array.from({ length: maxVersion - minVersion + 1 }, (_, index) => minVersion + index));
  }
  expect([...byMessage.keys()].filter((name) => !codecs.has(name))).toEqual([]);
});

describe("as Apache Kafka 4.3.1 encodes", () => {
  test.each([...byMessage])("%s", (name, vectors) => {
    const codec = codecs.get(name)!;
    for (const { version, variant, fields, bytes } of vectors) {
      const label = `version ${version}, ${variant}`;
      const message = fromVector(schemas.get(name)!, fields, version);
      const reader = new Reader(bytes);
      const decoded = codec.decode(reader, version);
      reader.expectEnd();
      expect(decoded, label).toMatchObject(message);
      expect(encoded(codec, message, version), label).toBe(bytes.toString("hex"));
      expect(encoded(codec, decoded, version), label).toBe(bytes.toString("hex"));
    }
  });
});

function encoded(codec: (typeof messageCodecs)[number], message: unknown, version: number): string {
  const writer = new Writer();
  codec.encode(writer, message as never, version);
  return writer.finishBuffer().toString("hex");
}
