import type { QuorumInfo } from "@millrace/client";
import { ApiError } from "@millrace/runtime";
import type { QuorumAdmin } from "./quorum-admin.ts";
import { quorumAfter } from "./quorum-after.ts";
import { QuorumError } from "./quorum-error.ts";
import { voterNamed } from "./voter-named.ts";

/** Takes a voter out of the quorum, and says so. Rejects with a `QuorumError` that says what is in the way. */
export async function removeVoter(
  admin: QuorumAdmin,
  quorum: QuorumInfo,
  nodeId: number,
  directoryId?: string,
): Promise<string> {
  const voter = voterNamed(quorum, nodeId, directoryId);
  if (quorum.voters.length === 1) {
    throw new QuorumError(`controller ${nodeId} is the only voter; add another one before this is removed`);
  }
  const key = { nodeId, directoryId: voter.directoryId };
  try {
    await admin.removeVoter(key);
  } catch (error) {
    if (!mayBeDone(error)) throw error;
    // An answer may be lost together with the controller that had made the change.
    const after = await quorumAfter(admin);
    const isGone = after?.voters.every((one) => one.nodeId !== nodeId || one.directoryId !== key.directoryId);
    if (!isGone) {
      const text = `controller ${nodeId} was not removed: ${error.detail}; see that a majority of the voters runs, and try again`;
      throw new QuorumError(text, { cause: error });
    }
  }
  return `removed: controller ${nodeId}, with directory ${voter.directoryId}, is no voter any more`;
}

const mayBeDone = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.id === "REQUEST_TIMED_OUT" || error.id === "VOTER_NOT_FOUND");
