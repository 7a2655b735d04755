import type { QuorumInfo, QuorumMember } from "@millrace/client";
import { idsOf, isController } from "./member-names.ts";
import { QuorumError } from "./quorum-error.ts";

/** The voter of an id, on the directory if one is named. Throws a `QuorumError` that says which there are. */
export function voterNamed(
  { voters, observers }: QuorumInfo,
  nodeId: number,
  directoryId?: string,
): QuorumMember {
  const voter = voters.find((one) => one.nodeId === nodeId);
  if (voter === undefined) {
    const follows = observers.some((one) => one.nodeId === nodeId && isController(one));
    const what = follows
      ? `controller ${nodeId} follows without a vote`
      : `there is no voter ${nodeId} in the quorum`;
    throw new QuorumError(`${what}; the voters are ${idsOf(voters)}`);
  }
  if (directoryId === undefined || directoryId === voter.directoryId) return voter;
  throw new QuorumError(
    `controller ${nodeId} votes with directory ${voter.directoryId}, not with ${directoryId}; ` +
      "leave --directory-id out, or correct it",
  );
}
