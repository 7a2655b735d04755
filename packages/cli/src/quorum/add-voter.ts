import type { NewVoter, QuorumInfo, QuorumMember } from "@millrace/client";
import { ApiError, formatAddress } from "@millrace/runtime";
import { age } from "./age.ts";
import { newVoter } from "./new-voter.ts";
import type { QuorumAdmin } from "./quorum-admin.ts";
import { quorumAfter } from "./quorum-after.ts";
import { QuorumError } from "./quorum-error.ts";
import { quorumRows } from "./quorum-rows.ts";

/** Makes an observer a voter, and says so. Rejects with a `QuorumError` that says what is in the way. */
export async function addVoter(
  admin: QuorumAdmin,
  quorum: QuorumInfo,
  nodeId: number,
  directoryId?: string,
): Promise<string> {
  const voter = newVoter(quorum, nodeId, directoryId);
  try {
    await admin.addVoter(voter);
  } catch (error) {
    if (!mayBeDone(error)) throw error;
    const after = await quorumAfter(admin);
    // An answer may be lost together with the controller that had made the change.
    if (!after?.voters.some((one) => isSame(one, voter))) throw refusal(error, voter, after);
  }
  return `added: controller ${nodeId} at ${formatAddress(voter.endpoint)} is a voter, with directory ${voter.directoryId}`;
}

const mayBeDone = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.id === "REQUEST_TIMED_OUT" || error.id === "DUPLICATE_VOTER");

function refusal(error: ApiError, voter: NewVoter, quorum: QuorumInfo | undefined): QuorumError {
  const failed = `controller ${voter.nodeId} was not added`;
  const rows = quorum && quorumRows(quorum);
  const row = rows?.find(({ member }) => isSame(member, voter));
  if (rows !== undefined && row === undefined) {
    return new QuorumError(`${failed}: it does not follow the quorum any more; start it and try again`, {
      cause: error,
    });
  }
  if (row === undefined || row.lag === 0) {
    return new QuorumError(`${failed}: ${error.detail.replace(/\.$/, "")}; see that it runs, and try again`, {
      cause: error,
    });
  }
  return new QuorumError(
    `${failed}: it is ${row.lag} records behind (last heard from ${age(row.sinceFetchMs)}); try again when it has caught up`,
    { cause: error },
  );
}

const isSame = (one: QuorumMember, { nodeId, directoryId }: NewVoter): boolean =>
  one.nodeId === nodeId && one.directoryId === directoryId;
