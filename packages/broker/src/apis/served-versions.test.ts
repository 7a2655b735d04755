import type { ApiCodec } from "@millrace/kafka-protocol";
import { addRaftVoterApi } from "@millrace/kafka-protocol/messages/add-raft-voter";
import { alterConfigsApi } from "@millrace/kafka-protocol/messages/alter-configs";
import { createPartitionsApi } from "@millrace/kafka-protocol/messages/create-partitions";
import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { deleteRecordsApi } from "@millrace/kafka-protocol/messages/delete-records";
import { deleteTopicsApi } from "@millrace/kafka-protocol/messages/delete-topics";
import { describeClusterApi } from "@millrace/kafka-protocol/messages/describe-cluster";
import { describeConfigsApi } from "@millrace/kafka-protocol/messages/describe-configs";
import { describeLogDirsApi } from "@millrace/kafka-protocol/messages/describe-log-dirs";
import { describeProducersApi } from "@millrace/kafka-protocol/messages/describe-producers";
import { describeQuorumApi } from "@millrace/kafka-protocol/messages/describe-quorum";
import { describeTopicPartitionsApi } from "@millrace/kafka-protocol/messages/describe-topic-partitions";
import { incrementalAlterConfigsApi } from "@millrace/kafka-protocol/messages/incremental-alter-configs";
import { initProducerIdApi } from "@millrace/kafka-protocol/messages/init-producer-id";
import { listConfigResourcesApi } from "@millrace/kafka-protocol/messages/list-config-resources";
import { listOffsetsApi } from "@millrace/kafka-protocol/messages/list-offsets";
import { offsetForLeaderEpochApi } from "@millrace/kafka-protocol/messages/offset-for-leader-epoch";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { updateFeaturesApi } from "@millrace/kafka-protocol/messages/update-features";
import { expect, test } from "vitest";
import { createTopic } from "../../test-support/create-topic.ts";
import { TestNode } from "../../test-support/test-node.ts";
import { servedApis } from "./registry.ts";

const place = <More extends object>(more: More) => [
  { name: "t", partitions: [{ partitionIndex: 0, ...more }] },
];
const topic = { resourceType: 2, resourceName: "t" };
const voter = { voterId: 9, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };

/** A request for each API, with an item that goes well and one that does not. */
const requests: readonly (readonly [ApiCodec<object, never, object, never>, (version: number) => object])[] =
  [
    entry(listOffsetsApi, () => ({
      replicaId: -1,
      topics: [
        ...place({ timestamp: -2 }),
        { name: "none", partitions: [{ partitionIndex: 0, timestamp: -1 }] },
      ],
    })),
    entry(offsetForLeaderEpochApi, () => ({
      topics: [
        {
          topic: "t",
          partitions: [
            { partition: 0, leaderEpoch: 0 },
            { partition: 9, leaderEpoch: 0 },
          ],
        },
      ],
    })),
    entry(createTopicsApi, (version) => ({
      topics: [`new-${version}`, "t"].map((name) => ({
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      })),
      validateOnly: false,
    })),
    entry(deleteTopicsApi, (version) =>
      version < 6
        ? { topicNames: ["none"], timeoutMs: 1_000 }
        : { topics: [{ name: "none", topicId: "AAAAAAAAAAAAAAAAAAAAAA" }], timeoutMs: 1_000 },
    ),
    entry(createPartitionsApi, () => ({
      topics: ["t", "none"].map((name) => ({ name, count: 2, assignments: null })),
      timeoutMs: 1_000,
      validateOnly: true,
    })),
    entry(describeConfigsApi, () => ({
      resources: [
        { ...topic, configurationKeys: null },
        { resourceType: 4, resourceName: "9", configurationKeys: null },
      ],
      includeSynonyms: true,
    })),
    entry(incrementalAlterConfigsApi, () => ({
      resources: [
        { ...topic, configs: [{ name: "flush.ms", configOperation: 0, value: "1" }] },
        { resourceType: 9, resourceName: "t", configs: [] },
      ],
      validateOnly: true,
    })),
    entry(alterConfigsApi, () => ({
      resources: [
        { ...topic, configs: [{ name: "flush.ms", value: "1" }] },
        { resourceType: 2, resourceName: "none", configs: [] },
      ],
      validateOnly: true,
    })),
    entry(deleteRecordsApi, () => ({
      topics: [...place({ offset: 0 }), { name: "none", partitions: [{ partitionIndex: 0, offset: 0 }] }],
      timeoutMs: 1_000,
    })),
    entry(describeClusterApi, () => ({ includeClusterAuthorizedOperations: true })),
    entry(describeTopicPartitionsApi, () => ({ topics: [{ name: "t" }, { name: "none" }] })),
    entry(describeLogDirsApi, () => ({ topics: null })),
    entry(describeProducersApi, () => ({ topics: [{ name: "t", partitionIndexes: [0, 9] }] })),
    entry(initProducerIdApi, () => ({ transactionalId: null, transactionTimeoutMs: 1_000 })),
    entry(listConfigResourcesApi, () => ({})),
    entry(describeQuorumApi, () => ({
      topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
    })),
    entry(updateFeaturesApi, (version) => ({
      featureUpdates: [
        { feature: "metadata.version", maxVersionLevel: 30, ...(version === 0 && { allowDowngrade: false }) },
      ],
      ...(version > 0 && { validateOnly: false }),
    })),
    entry(addRaftVoterApi, () => ({ clusterId: null, timeoutMs: 1_000, ...voter, listeners: [] })),
    entry(removeRaftVoterApi, () => ({ clusterId: null, ...voter })),
  ];

function entry<Request, RequestInput, Response, ResponseInput>(
  api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
  request: (version: number) => RequestInput & object,
) {
  return [api as unknown as ApiCodec<object, never, object, never>, request] as const;
}

test.each(requests.map(([api, request]) => ({ name: api.name, api, request })))(
  "$name is answered in every version that is listed, and refused in its own words",
  async ({ api, request }) => {
    const { versions } = servedApis.find(({ key }) => key === api.key)!;
    let allowed = true;
    await using node = await TestNode.start({ authorizer: { isAllowed: () => allowed } });
    const client = node.connect();
    await createTopic(client, "t");
    for (let version = versions.min; version <= versions.max; version++) {
      allowed = true;
      expect(await client.call(api, version, request(version) as never)).toBeDefined();
      allowed = false;
      const refused = JSON.stringify(await client.call(api, version, request(version) as never));
      // Without an error of its own, a refusal shows nothing.
      expect(refused).toMatch(/"errorCode":(?!0[,}])|"clusterAuthorizedOperations":0|"results":\[\]/);
    }
    expect(node.complaints).toEqual([]);
  },
);
