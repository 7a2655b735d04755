import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  type Cause,
  CauseSchema,
  type MetadataRecord,
  MetadataRecordSchema,
  PartitionChangesRecordSchema,
  PartitionsRecordSchema,
} from "@millrace/proto/metadata";
import { ColumnCodec } from "./column-codec.ts";
import { sizeOfVarint, writeVarint } from "./numbers.ts";

/** Records that hold thousands of partitions: nearly all of a large cluster's log and snapshots. */
const columnCodecs = {
  partitions: new ColumnCodec(PartitionsRecordSchema),
  partitionChanges: new ColumnCodec(PartitionChangesRecordSchema),
} as const;

type AnyRecord = MetadataRecord["record"];
type ColumnCase = keyof typeof columnCodecs;

const tagOf = (field: keyof typeof MetadataRecordSchema.field): number =>
  (MetadataRecordSchema.field[field].number << 3) | WireType.LengthDelimited;
const causeTag = tagOf("cause");
const tags: Readonly<Record<ColumnCase, number>> = {
  partitions: tagOf("partitions"),
  partitionChanges: tagOf("partitionChanges"),
};

/** As protobuf-es does, byte for byte. */
export function encodeRecord(record: MetadataRecord): Uint8Array {
  return encodeColumns(record) ?? toBinary(MetadataRecordSchema, record);
}

/** What the record keeps of `bytes` are views. */
export function decodeRecord(bytes: Uint8Array): MetadataRecord {
  return decodeColumns(bytes) ?? fromBinary(MetadataRecordSchema, bytes);
}

function encodeColumns({ $unknown, cause, record }: MetadataRecord): Uint8Array | undefined {
  if ($unknown !== undefined || !hasColumns(record)) return undefined;
  const codec: ColumnCodec<DescMessage> = columnCodecs[record.case];
  const encoded = codec.sizeOf(record.value);
  if (encoded === undefined) return undefined;
  const { size } = encoded;
  const causeBytes = cause === undefined ? undefined : encodedCause(cause);
  const causeSize = causeBytes === undefined ? 0 : 1 + sizeOfVarint(causeBytes.length) + causeBytes.length;
  const bytes = new Uint8Array(causeSize + 1 + sizeOfVarint(size) + size);
  let at = 0;
  if (causeBytes !== undefined) {
    bytes[at++] = causeTag;
    at = writeVarint(causeBytes.length, bytes, at);
    bytes.set(causeBytes, at);
    at += causeBytes.length;
  }
  bytes[at++] = tags[record.case];
  at = writeVarint(size, bytes, at);
  codec.write(record.value, encoded, bytes, at);
  return bytes;
}

function decodeColumns(bytes: Uint8Array): MetadataRecord | undefined {
  const reader = new BinaryReader(bytes);
  let cause: Cause | undefined;
  if (bytes[0] === causeTag) {
    reader.pos = 1;
    cause = fromBinary(CauseSchema, reader.bytes());
  }
  const tag = bytes[reader.pos++];
  const name = tag === tags.partitions ? "partitions" : "partitionChanges";
  if (tag !== tags[name]) return undefined;
  const value = columnCodecs[name].read(reader.bytes());
  if (value === undefined || reader.pos < bytes.length) return undefined;
  const record = create(MetadataRecordSchema);
  if (cause !== undefined) record.cause = cause;
  record.record = { case: name, value } as AnyRecord;
  return record;
}

function hasColumns(record: AnyRecord): record is Extract<AnyRecord, { case: ColumnCase }> {
  return record.case === "partitions" || record.case === "partitionChanges";
}

const encodedCauses = new WeakMap<Cause, Uint8Array>();

/** All records of a decision have the same. */
function encodedCause(cause: Cause): Uint8Array {
  let bytes = encodedCauses.get(cause);
  if (bytes === undefined) {
    bytes = toBinary(CauseSchema, cause);
    encodedCauses.set(cause, bytes);
  }
  return bytes;
}
