import type { QuorumMember } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import type { Endpoint, Voter } from "@millrace/raft";
import { ApiError, isSameAddress } from "@millrace/runtime";
import { uuidFromPeer } from "../image/uuid.ts";
import { type Connect, dial } from "./connect.ts";

/** Of one controller that is asked; milliseconds. */
const ASK_TIMEOUT_MS = 1_000;

export interface PlaceInQuorum {
  readonly self: Voter;
  /** As this controller: others check its cluster id. */
  readonly connect: Connect;
  /** The other controllers, as far as they are known. */
  readonly controllers: readonly Endpoint[];
}

/**
 * Asks the other controllers whether there is room for this one. Rejects with INCONSISTENT_CLUSTER_ID when they are
 * another cluster's, and with DUPLICATE_VOTER when a controller of the same id, on another disk, answers elsewhere. Who
 * does not answer has no objections.
 */
export async function checkPlaceInQuorum({ self, connect, controllers }: PlaceInQuorum): Promise<void> {
  const known = await Promise.all(controllers.map((address) => membersKnownTo(connect, address)));
  for (const member of known.flat()) {
    if (!isNamesake(member, self) || (await dial(connect, member)) !== undefined) continue;
    throw new ApiError("DUPLICATE_VOTER", {
      detail:
        `another controller with node id ${self.id} answers at ${member.host}:${member.port}, ` +
        `with directory ${uuidFromPeer(member.directoryId)}: give this one an id of its own`,
    });
  }
}

/** Empty when it does not lead or does not answer. */
async function membersKnownTo(connect: Connect, address: Endpoint): Promise<readonly QuorumMember[]> {
  const channel = connect(address);
  try {
    const asked = channel.client(ControllerService).describeQuorum({}, { timeoutMs: ASK_TIMEOUT_MS });
    const { voters, observers } = await asked;
    return [...voters, ...observers];
  } catch (error) {
    if (error instanceof ApiError && error.id === "INCONSISTENT_CLUSTER_ID") throw error;
    return [];
  } finally {
    await channel.close();
  }
}

/** At the same address it is this one, before its disk was replaced; without an address it is a broker. */
function isNamesake(member: QuorumMember, self: Voter): boolean {
  const { nodeId, directoryId, port } = member;
  const isElsewhere = !isSameAddress(member, self.endpoint);
  return nodeId === self.id && uuidFromPeer(directoryId) !== self.directoryId && port !== 0 && isElsewhere;
}
