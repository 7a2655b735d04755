import type { MemberKey, RaftStatus } from "@millrace/raft";
import { ApiError } from "@millrace/runtime";

/** Who was not heard of for so long, in milliseconds, does not follow: it may be what its disk was before. */
const FOLLOWS_MS_MAX = 2_000;

/**
 * One voter an id; and who follows on other disks than the named one would not be the voter that is waited for. One that
 * was removed is still a member for a while, beside who comes in its place, or before that has found a new leader. Throws
 * DUPLICATE_VOTER or INVALID_VOTER_KEY.
 */
export function checkNewVoter(
  { voters, members }: Pick<RaftStatus, "voters" | "members">,
  { id, directoryId }: MemberKey,
): void {
  const voter = voters.find((one) => one.id === id);
  if (voter !== undefined) {
    const detail = `Node ${id} is a voter, with directory ${voter.directoryId}: remove that one first.`;
    throw new ApiError("DUPLICATE_VOTER", { detail });
  }
  const directories = members
    .filter((member) => member.id === id && (member.sinceContactMs ?? Infinity) <= FOLLOWS_MS_MAX)
    .map((member) => member.directoryId);
  if (directories.length === 0 || directories.includes(directoryId)) return;
  throw new ApiError("INVALID_VOTER_KEY", {
    detail: `Node ${id} follows with directory ${directories.join(" and ")}, not with ${directoryId}.`,
  });
}
