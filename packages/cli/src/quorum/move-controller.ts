import type { QuorumInfo } from "@millrace/client";
import { ApiError } from "@millrace/runtime";
import { age } from "./age.ts";
import type { QuorumAdmin } from "./quorum-admin.ts";
import { quorumAfter } from "./quorum-after.ts";
import { QuorumError } from "./quorum-error.ts";
import { quorumRows } from "./quorum-rows.ts";
import { voterNamed } from "./voter-named.ts";

/** Makes a voter the active controller, the best other one without an id, and says which. Rejects with a `QuorumError`. */
export async function moveController(
  admin: QuorumAdmin,
  quorum: QuorumInfo,
  nodeId?: number,
): Promise<string> {
  if (nodeId !== undefined) voterNamed(quorum, nodeId);
  if (nodeId === quorum.leaderId) return `controller ${nodeId} is the active one already`;
  if (nodeId === undefined && quorum.voters.length === 1) {
    throw new QuorumError(
      "there is no other voter that could take over; add one first: millrace quorum add ID",
    );
  }
  try {
    const active = await admin.moveController(nodeId);
    return `moved: controller ${active} is the active one, ${quorum.leaderId} was`;
  } catch (error) {
    if (!(error instanceof ApiError) || error.id !== "REQUEST_TIMED_OUT") throw error;
    throw refusal(error, (await quorumAfter(admin)) ?? quorum, nodeId);
  }
}

function refusal(error: ApiError, quorum: QuorumInfo, nodeId: number | undefined): QuorumError {
  const row = quorumRows(quorum).find(({ role, member }) => role === "voter" && member.nodeId === nodeId);
  const target =
    row === undefined
      ? "the voter that was to"
      : `controller ${nodeId} (${row.lag} records behind, last heard from ${age(row.sinceFetchMs)})`;
  return new QuorumError(
    `${target} did not take over, controller ${quorum.leaderId} is active; see that it runs, or name another voter`,
    { cause: error },
  );
}
