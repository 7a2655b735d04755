import type { MessageInitShape } from "@bufbuild/protobuf";
import type { OriginSchema } from "@millrace/proto/common";
import type { MetadataRecord } from "@millrace/proto/metadata";

export type OriginInit = MessageInitShape<typeof OriginSchema>;

/** A decision is one entry of the log, which takes 16 MiB at most. */
const DECISION_BYTES_MAX = 12 * 1024 * 1024;
/** Of a record with its cause, but for config values. Partitions in one record are bounded by their request's limit. */
const RECORD_BYTES = 320;
const ORIGIN_CHARACTERS_MAX = 64;

export function isTooLarge(records: readonly MetadataRecord[]): boolean {
  let bytes = records.length * RECORD_BYTES;
  for (const { record } of records) {
    if (record.case === "config") bytes += Buffer.byteLength(record.value.value ?? "");
  }
  return bytes > DECISION_BYTES_MAX;
}

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
