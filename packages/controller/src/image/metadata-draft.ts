import { type FlatDraft, flatDrafts, type Owner } from "@millrace/replicated-state";
import { ChangesBuilder } from "./metadata-changes.ts";
import type { MetadataState } from "./metadata-state.ts";

/** A state in the making: its containers are written as `owner`, and `changes` says what was touched. */
export type MetadataDraft = FlatDraft<MetadataState> & { readonly changes: ChangesBuilder };

const flat = flatDrafts<MetadataState>();

export function draftOf(state: MetadataState, owner: Owner): MetadataDraft {
  return Object.assign(flat.draft(state, owner), { changes: new ChangesBuilder() });
}

export function sealDraft(draft: MetadataDraft): MetadataState {
  const { changes: _, ...rest } = draft;
  return flat.seal(rest);
}
