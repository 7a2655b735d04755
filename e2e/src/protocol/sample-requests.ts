import { ApiKey, type ApiName, RecordBatchBuilder, ZERO_UUID } from "@millrace/kafka-protocol";

export interface SampleTopic {
  readonly name: string;
  readonly topicId: string;
}

/** Fields that a version lacks are left out where that is no error: a request names its topic both ways. */
export type SampleRequest = (topic: SampleTopic, version: number) => object;

const oneRecord = (): Buffer => {
  const batch = new RecordBatchBuilder();
  batch.append(1_600_000_000_000, Buffer.from("key"), Buffer.from("value"));
  return batch.build();
};

/** Kafka's TOPIC, for configs. */
const TOPIC = 2;
const EARLIEST = -2;
const REQUEST_TIMED_OUT = 7;
const VOTER_NOT_FOUND = 127;

/** A request that succeeds, of every API that is served without groups and transactions. */
export const sampleRequests: Partial<Record<ApiName, SampleRequest>> = {
  Produce: ({ name, topicId }, version) => ({
    acks: -1,
    timeoutMs: 10_000,
    topicData: [
      {
        ...(version < 13 ? { name } : { topicId }),
        partitionData: [{ index: 0, records: oneRecord() }],
      },
    ],
  }),
  Fetch: ({ name, topicId }, version) => ({
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    ...(version >= 7 && { sessionEpoch: -1 }),
    topics: [
      {
        ...(version < 13 ? { topic: name } : { topicId }),
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }],
      },
    ],
    ...(version >= 7 && { forgottenTopicsData: [] }),
  }),
  ListOffsets: ({ name }) => ({
    replicaId: -1,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: EARLIEST }] }],
  }),
  Metadata: ({ name }) => ({ topics: [{ name }] }),
  ApiVersions: (_, version) =>
    version >= 3 ? { clientSoftwareName: "e2e", clientSoftwareVersion: "1.0" } : {},
  CreateTopics: (_, version) => ({
    topics: [
      { name: `created-${version}`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
    ],
    timeoutMs: 10_000,
    validateOnly: false,
  }),
  DeleteTopics: (_, version) => {
    const name = `created-${version + 1}`;
    return {
      ...(version < 6 ? { topicNames: [name] } : { topics: [{ name, topicId: ZERO_UUID }] }),
      timeoutMs: 10_000,
    };
  },
  DeleteRecords: ({ name }) => ({
    topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }],
    timeoutMs: 10_000,
  }),
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
  OffsetForLeaderEpoch: ({ name }, version) => ({
    ...(version >= 3 && { replicaId: -1 }),
    topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  }),
  DescribeConfigs: ({ name }) => ({
    resources: [{ resourceType: TOPIC, resourceName: name, configurationKeys: null }],
  }),
  AlterConfigs: ({ name }) => ({
    resources: [
      { resourceType: TOPIC, resourceName: name, configs: [{ name: "retention.ms", value: "-1" }] },
    ],
    validateOnly: true,
  }),
  DescribeLogDirs: () => ({ topics: null }),
  CreatePartitions: ({ name }) => ({
    topics: [{ name, count: 2, assignments: null }],
    timeoutMs: 10_000,
    validateOnly: true,
  }),
  IncrementalAlterConfigs: ({ name }) => ({
    resources: [
      {
        resourceType: TOPIC,
        resourceName: name,
        configs: [{ name: "retention.ms", configOperation: 0, value: "-1" }],
      },
    ],
    validateOnly: true,
  }),
  DescribeCluster: () => ({ includeClusterAuthorizedOperations: true }),
  DescribeProducers: ({ name }) => ({ topics: [{ name, partitionIndexes: [0] }] }),
  ListConfigResources: () => ({}),
  DescribeTopicPartitions: ({ name }) => ({ topics: [{ name }], responsePartitionLimit: 100 }),
  UpdateFeatures: () => ({ featureUpdates: [{ feature: "metadata.version", maxVersionLevel: 30 }] }),
  DescribeQuorum: () => ({
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  }),
};

const nobody = { clusterId: null, voterId: 999, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };

/** What a quorum refuses, with the error: there is no other node that it could take or let go. */
export const refusedByQuorum: Partial<Record<ApiName, readonly [SampleRequest, number]>> = {
  AddRaftVoter: [
    () => ({ ...nobody, timeoutMs: 1_000, listeners: [{ name: "CONTROLLER", host: "localhost", port: 1 }] }),
    REQUEST_TIMED_OUT,
  ],
  RemoveRaftVoter: [() => nobody, VOTER_NOT_FOUND],
};

/** Answered with COORDINATOR_NOT_AVAILABLE as long as there are no coordinators, so it has no request that succeeds. */
export const findCoordinatorRequest: SampleRequest = (_, version) =>
  version < 4 ? { key: "group" } : { keyType: 0, coordinatorKeys: ["group"] };

export const apiNames: ReadonlyMap<number, ApiName> = new Map(
  Object.entries(ApiKey).map(([name, key]) => [key, name as ApiName]),
);
