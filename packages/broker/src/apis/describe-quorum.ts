// DescribeQuorum, versions 0-2. KIP-595, KIP-836 (1: when voters were heard from), KIP-853 (2: directories, endpoints).
import { uuidFromPeer } from "@millrace/controller";
import { ZERO_UUID } from "@millrace/kafka-protocol";
import {
  type DescribeQuorumRequest,
  describeQuorumApi,
  type NodeInput,
  type ReplicaStateInput,
} from "@millrace/kafka-protocol/messages/describe-quorum";
import type { DescribeQuorumResponse, QuorumMember } from "@millrace/proto/admin";
import { errorTable } from "@millrace/runtime";
import { describeQuorum as described } from "../core/admin/quorum.ts";
import { defineApi } from "./kafka-api.ts";

const METADATA_TOPIC = "__cluster_metadata";
/** What Kafka's voters call the listener on which controllers reach each other; ours is the gRPC port. */
const CONTROLLER_LISTENER = "CONTROLLER";

export const describeQuorum = defineApi({
  api: describeQuorumApi,
  versions: { min: 0, max: 2 },
  async handle(request, context, broker) {
    const quorum = await described(broker, context);
    if (!asksForMetadata(request)) return unknownPartitions(request);
    const hasDirectories = context.apiVersion >= 2;
    const states = (members: readonly QuorumMember[]): ReplicaStateInput[] =>
      members.map((member) => replicaState(member, hasDirectories));
    const partition = {
      partitionIndex: 0,
      errorCode: errorTable.NONE.code,
      errorMessage: null,
      leaderId: quorum.leaderId,
      leaderEpoch: quorum.leaderEpoch,
      highWatermark: Number(quorum.highWatermark),
      currentVoters: states(quorum.voters),
      observers: states(quorum.observers),
    };
    return {
      errorCode: errorTable.NONE.code,
      errorMessage: null,
      topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
      ...(hasDirectories && { nodes: nodes(quorum) }),
    };
  },
  refuse: (_request, { code, detail }) => ({ errorCode: code, errorMessage: detail, topics: [] }),
});

function asksForMetadata({ topics }: DescribeQuorumRequest): boolean {
  const [topic, ...others] = topics;
  const [partition, ...more] = topic?.partitions ?? [];
  const isOne = others.length === 0 && more.length === 0;
  return isOne && topic?.topicName === METADATA_TOPIC && partition?.partitionIndex === 0;
}

/** There is no quorum but that of the metadata. */
function unknownPartitions({ topics }: DescribeQuorumRequest) {
  const { code: errorCode, text: errorMessage } = errorTable.UNKNOWN_TOPIC_OR_PARTITION;
  const none = { leaderId: -1, leaderEpoch: -1, highWatermark: -1, currentVoters: [], observers: [] };
  return {
    errorCode: errorTable.NONE.code,
    errorMessage: null,
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode,
        errorMessage,
        ...none,
      })),
    })),
  };
}

function replicaState(member: QuorumMember, hasDirectory: boolean): ReplicaStateInput {
  return {
    replicaId: member.nodeId,
    ...(hasDirectory && { replicaDirectoryId: uuidFromPeer(member.directoryId) ?? ZERO_UUID }),
    logEndOffset: Number(member.logEndOffset),
    lastFetchTimestamp: Number(member.lastFetchTimestampMs),
    lastCaughtUpTimestamp: Number(member.lastCaughtUpTimestampMs),
  };
}

function nodes({ voters }: DescribeQuorumResponse): NodeInput[] {
  return voters.map(({ nodeId, host, port }) => ({
    nodeId,
    listeners: [{ name: CONTROLLER_LISTENER, host, port }],
  }));
}
