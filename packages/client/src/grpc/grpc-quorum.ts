import type { QuorumAdminService, QuorumMember as WireMember } from "@millrace/proto/admin";
import type { ServiceClient } from "@millrace/runtime";
import type { QuorumMember, VoterKey } from "../transport/quorum-info.ts";
import type { QuorumTransport } from "../transport/transport.ts";

/** The quorum of controllers, through any broker or controller. */
export function grpcQuorum(client: ServiceClient<typeof QuorumAdminService>): QuorumTransport {
  return {
    async describeQuorum(options) {
      const answer = await client.describeQuorum({}, options);
      return {
        leaderId: answer.leaderId,
        leaderEpoch: answer.leaderEpoch,
        highWatermark: Number(answer.highWatermark),
        voters: answer.voters.map(memberOf),
        observers: answer.observers.map(memberOf),
      };
    },

    async addVoter({ endpoint, ...key }, options) {
      await client.addRaftVoter({ ...wireKey(key), ...endpoint }, options);
    },

    async removeVoter(key, options) {
      await client.removeRaftVoter(wireKey(key), options);
    },

    async moveController(nodeId, options) {
      const answer = await client.moveController(nodeId === undefined ? {} : { nodeId }, options);
      return answer.nodeId;
    },
  };
}

function memberOf(member: WireMember): QuorumMember {
  const { nodeId, directoryId, host, port } = member;
  return {
    nodeId,
    directoryId: Buffer.from(directoryId).toString("base64url"),
    logEndOffset: Number(member.logEndOffset),
    lastFetchTimestampMs: timestamp(member.lastFetchTimestampMs),
    lastCaughtUpTimestampMs: timestamp(member.lastCaughtUpTimestampMs),
    endpoint: port === 0 ? undefined : { host, port },
  };
}

const timestamp = (ms: bigint): number | undefined => (ms < 0n ? undefined : Number(ms));

const wireKey = ({ nodeId, directoryId }: VoterKey) => ({
  nodeId,
  directoryId: Buffer.from(directoryId, "base64url"),
});
