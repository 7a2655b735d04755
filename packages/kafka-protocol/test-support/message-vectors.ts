import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** One message that Apache Kafka 4.3.1 encoded. */
export interface MessageVector {
  readonly message: string;
  readonly version: number;
  readonly variant: "full" | "empty";
  /** As Kafka's JSON has them: int64 as strings, bytes in base64. */
  readonly fields: JsonFields;
  readonly bytes: Buffer;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonFields;
export interface JsonFields {
  readonly [name: string]: JsonValue;
}

export function messageVectors(): MessageVector[] {
  const file = join(import.meta.dirname, "../fixtures/kafka-4.3.1-messages.ndjson.gz");
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
  return lines.map((line) => {
    const { hex, ...vector } = JSON.parse(line) as Omit<MessageVector, "bytes"> & { hex: string };
    return { ...vector, bytes: Buffer.from(hex, "hex") };
  });
}
