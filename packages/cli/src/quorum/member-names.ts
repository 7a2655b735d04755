import type { QuorumMember } from "@millrace/client";

/** Their ids in order, for the middle of a sentence. */
export function idsOf(members: readonly QuorumMember[]): string {
  const ids = members.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
  return ids.length === 0 ? "none" : ids.join(", ");
}

/** Brokers follow too, but can never vote. */
export const isController = ({ endpoint }: QuorumMember): boolean => endpoint !== undefined;
