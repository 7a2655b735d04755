import type { MetadataRecord } from "@millrace/proto/metadata";
import type { RecordCodec, StateDefinition } from "@millrace/replicated-state";
import { draftOf, type MetadataDraft, sealDraft } from "./metadata-draft.ts";
import { emptyMetadata, type MetadataState } from "./metadata-state.ts";
import { replay } from "./replay/replay.ts";
import { snapshotRecords } from "./snapshot-records.ts";
import { decodeRecord, encodeRecord } from "./wire/record-codec.ts";

export const metadataDefinition: StateDefinition<MetadataState, MetadataDraft, MetadataRecord> = {
  empty: emptyMetadata,
  draft: draftOf,
  seal: sealDraft,
  replay,
  snapshot: snapshotRecords,
};

export const metadataCodec: RecordCodec<MetadataRecord> = {
  encode: encodeRecord,
  decode: decodeRecord,
};
