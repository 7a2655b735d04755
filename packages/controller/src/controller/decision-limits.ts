import type { MessageInitShape } from "@bufbuild/protobuf";
import type { OriginSchema } from "@millrace/proto/common";
import type { MetadataRecord } from "@millrace/proto/metadata";

export type OriginInit = MessageInitShape<typeof OriginSchema>;

/** A decision is one entry of the log, which takes 16 MiB at most. */
const DECISION_BYTES_MAX = 12 * 1024 * 1024;
/** Of a record with its cause, but for their texts. Partitions in one record are bounded by their request's limit. */
const RECORD_BYTES = 128;
const ORIGIN_CHARACTERS_MAX = 64;

/** `origin` as each of the records carries it. */
export function isTooLarge(records: readonly MetadataRecord[], origin: OriginInit): boolean {
  const { principal, request, clientId, clientAddress } = origin;
  let bytes = records.length * (RECORD_BYTES + textBytes(principal, request, clientId, clientAddress));
  for (const { record } of records) {
    if (record.case === "topic") bytes += textBytes(record.value.name);
    if (record.case !== "config") continue;
    const { resourceName, name, value } = record.value;
    bytes += textBytes(resourceName, name, value);
  }
  return bytes > DECISION_BYTES_MAX;
}

const textBytes = (...texts: readonly (string | undefined)[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);

/** Every record carries it, and clients choose their ids: a long one must not fill the log. */
export function shortened({ principal, request, clientId, clientAddress }: OriginInit): OriginInit {
  const short = (text: string | undefined): string => (text ?? "").slice(0, ORIGIN_CHARACTERS_MAX);
  return {
    principal: short(principal),
    request: short(request),
    clientId: short(clientId),
    clientAddress: short(clientAddress),
  };
}
