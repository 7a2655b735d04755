import type { MetadataState } from "../image/metadata-state.ts";
import { metadataRecord, type RecordInit } from "../image/records.ts";
import type { MetadataAcceptance } from "./metadata-decision.ts";

/** From this level of `millrace.metadata.version` on, the log says who asked for changes of the quorum. */
const ASKED_RECORDS_LEVEL = 3;

export type QuorumChangeAsked = Extract<
  RecordInit,
  { case: "addVoterAsked" | "removeVoterAsked" | "moveControllerAsked" | "updateVoterAsked" }
>;

/**
 * Nothing but a line of the audit log, committed before the change is tried. Afterwards would be too late: a controller
 * that removed itself, or gave the lead away, writes no more. So no change goes without its line; a line may go without a
 * change, when that was refused. A cluster below that level has no such lines.
 */
export function decideQuorumChangeAsked(
  { features }: Pick<MetadataState, "features">,
  asked: QuorumChangeAsked,
): MetadataAcceptance<void> {
  const level = features.get("millrace.metadata.version") ?? 0;
  return { records: level >= ASKED_RECORDS_LEVEL ? [metadataRecord(asked)] : [], response: undefined };
}
