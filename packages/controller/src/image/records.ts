import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type MetadataRecord, MetadataRecordSchema } from "@millrace/proto/metadata";

export type RecordInit = NonNullable<MessageInitShape<typeof MetadataRecordSchema>["record"]>;

/** A record of the metadata log, by its kind. */
export function metadataRecord(record: RecordInit): MetadataRecord {
  return create(MetadataRecordSchema, { record });
}
