import { supportedFeatures } from "../features.ts";
import type { MetadataState } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import type { MetadataAcceptance } from "./metadata-decision.ts";

/** A new cluster starts at the highest levels of its first controller; an existing one keeps those it has. */
export function decideFinalizeFeatures(state: MetadataState): MetadataAcceptance<void> {
  if (state.features.size > 0) return { records: [], response: undefined };
  const records = supportedFeatures.map(({ name, levelMax }) =>
    metadataRecord({ case: "featureLevel", value: { name, level: levelMax } }),
  );
  return { records, response: undefined };
}
