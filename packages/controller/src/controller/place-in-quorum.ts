import type { DescribeQuorumResponse, QuorumMember } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import type { Endpoint, MemberKey } from "@millrace/raft";
import { ApiError } from "@millrace/runtime";
import { uuidFromPeer } from "../image/uuid.ts";
import type { Connect } from "./connect.ts";

/** Of one controller that is asked; milliseconds. */
const ASK_TIMEOUT_MS = 1_000;
/** Whoever was heard from so long before the leader answered is taken for alive; milliseconds. */
const ALIVE_MS = 2_000;

export interface PlaceInQuorum {
  readonly self: MemberKey;
  /** As this controller: others check its cluster id. */
  readonly connect: Connect;
  /** The other controllers, as far as they are known. */
  readonly controllers: readonly Endpoint[];
}

/**
 * Asks the other controllers whether there is room for this one. Rejects with INCONSISTENT_CLUSTER_ID when they are
 * another cluster's, and with DUPLICATE_VOTER when a controller of the same id, on another disk, is alive. Who does not
 * answer has no objections.
 */
export async function checkPlaceInQuorum({ self, connect, controllers }: PlaceInQuorum): Promise<void> {
  const quorums = await Promise.all(controllers.map((address) => quorumKnownTo(connect, address)));
  for (const quorum of quorums) if (quorum !== undefined) checkId(self, quorum);
}

/** Undefined when it does not lead or does not answer. */
async function quorumKnownTo(
  connect: Connect,
  address: Endpoint,
): Promise<DescribeQuorumResponse | undefined> {
  const channel = connect(address);
  try {
    return await channel.client(ControllerService).describeQuorum({}, { timeoutMs: ASK_TIMEOUT_MS });
  } catch (error) {
    if (error instanceof ApiError && error.id === "INCONSISTENT_CLUSTER_ID") throw error;
    return undefined;
  } finally {
    await channel.close();
  }
}

function checkId(
  { id, directoryId }: MemberKey,
  { leaderId, voters, observers }: DescribeQuorumResponse,
): void {
  const nowMs = voters.find(({ nodeId }) => nodeId === leaderId)?.lastFetchTimestampMs ?? 0n;
  const isOther = (member: QuorumMember): boolean =>
    member.nodeId === id && member.port !== 0 && uuidFromPeer(member.directoryId) !== directoryId;
  const other = [...voters, ...observers].find(
    (member) => isOther(member) && nowMs - member.lastFetchTimestampMs < ALIVE_MS,
  );
  if (other === undefined) return;
  throw new ApiError("DUPLICATE_VOTER", {
    detail:
      `another controller with node id ${id} is alive at ${other.host}:${other.port}, ` +
      `with directory ${uuidFromPeer(other.directoryId)}: give this one an id of its own`,
  });
}
