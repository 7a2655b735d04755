import type { ApiCodec } from "@millrace/kafka-protocol";
import { addRaftVoterApi } from "@millrace/kafka-protocol/messages/add-raft-voter";
import { alterConfigsApi } from "@millrace/kafka-protocol/messages/alter-configs";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
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
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { findCoordinatorApi } from "@millrace/kafka-protocol/messages/find-coordinator";
import { incrementalAlterConfigsApi } from "@millrace/kafka-protocol/messages/incremental-alter-configs";
import { initProducerIdApi } from "@millrace/kafka-protocol/messages/init-producer-id";
import { listConfigResourcesApi } from "@millrace/kafka-protocol/messages/list-config-resources";
import { listOffsetsApi } from "@millrace/kafka-protocol/messages/list-offsets";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { offsetForLeaderEpochApi } from "@millrace/kafka-protocol/messages/offset-for-leader-epoch";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { updateFeaturesApi } from "@millrace/kafka-protocol/messages/update-features";
import { AdminService, QuorumAdminService } from "@millrace/proto/admin";
import { BrokerService } from "@millrace/proto/broker";
import { type ApiError, type ErrorName, errorTable } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { batchOf } from "../../test-support/batches.ts";
import { createTopic } from "../../test-support/create-topic.ts";
import { produceTo } from "../../test-support/produce-to.ts";
import { TestNode } from "../../test-support/test-node.ts";
import { servedApis } from "../apis/registry.ts";

const TOPIC = "TOPIC_AUTHORIZATION_FAILED";
const CLUSTER = "CLUSTER_AUTHORIZATION_FAILED";
const partition = { partitionIndex: 0, partition: 0 };
const voter = { voterId: 1, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };
const resource = { resourceType: 2, resourceName: "secret" };

interface Refused {
  readonly api: ApiCodec<object, never, object, never>;
  readonly version: number;
  readonly request: object;
  /** What is said to somebody who may do nothing; none where he is shown nothing instead. */
  readonly errors: readonly ErrorName[];
}

/** Requests that go well, but for who asks. `apiVersions` is for everyone: a client learns from it how to authenticate. */
const refused: readonly Refused[] = [
  entry(
    produceApi,
    9,
    {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: "secret", partitionData: [{ index: 0, records: batchOf({ values: ["a"] }) }] }],
    },
    TOPIC,
  ),
  entry(
    fetchApi,
    11,
    {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic: "secret", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }] }],
    },
    TOPIC,
  ),
  entry(
    listOffsetsApi,
    6,
    { replicaId: -1, topics: [{ name: "secret", partitions: [{ ...partition, timestamp: -1 }] }] },
    TOPIC,
  ),
  entry(metadataApi, 12, { topics: [{ name: "secret" }], allowAutoTopicCreation: true }, TOPIC),
  entry(metadataApi, 12, { topics: null, allowAutoTopicCreation: true }),
  entry(findCoordinatorApi, 6, { keyType: 0, coordinatorKeys: ["g"] }, "GROUP_AUTHORIZATION_FAILED"),
  entry(
    findCoordinatorApi,
    6,
    { keyType: 1, coordinatorKeys: ["x"] },
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  ),
  entry(findCoordinatorApi, 6, { keyType: 2, coordinatorKeys: ["s"] }, CLUSTER),
  entry(
    createTopicsApi,
    7,
    {
      topics: [{ name: "new", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 1_000,
      validateOnly: true,
    },
    TOPIC,
  ),
  entry(deleteTopicsApi, 5, { topicNames: ["secret"], timeoutMs: 1_000 }, TOPIC),
  entry(
    deleteRecordsApi,
    2,
    { topics: [{ name: "secret", partitions: [{ ...partition, offset: 0 }] }], timeoutMs: 1_000 },
    TOPIC,
  ),
  entry(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 1_000 }, CLUSTER),
  entry(
    initProducerIdApi,
    4,
    { transactionalId: "x", transactionTimeoutMs: 1_000 },
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  ),
  entry(
    offsetForLeaderEpochApi,
    4,
    { topics: [{ topic: "secret", partitions: [{ ...partition, leaderEpoch: 0 }] }] },
    TOPIC,
  ),
  entry(
    describeConfigsApi,
    4,
    {
      resources: [
        { ...resource, configurationKeys: null },
        { resourceType: 4, resourceName: "1", configurationKeys: null },
      ],
      includeSynonyms: false,
    },
    TOPIC,
    CLUSTER,
  ),
  entry(
    alterConfigsApi,
    2,
    { resources: [{ ...resource, configs: [{ name: "flush.ms", value: "1" }] }], validateOnly: true },
    TOPIC,
  ),
  entry(
    incrementalAlterConfigsApi,
    1,
    {
      resources: [
        { ...resource, configs: [{ name: "flush.ms", configOperation: 0, value: "1" }] },
        { resourceType: 4, resourceName: "", configs: [] },
      ],
      validateOnly: true,
    },
    TOPIC,
    CLUSTER,
  ),
  entry(describeLogDirsApi, 4, { topics: null }, CLUSTER),
  entry(
    createPartitionsApi,
    3,
    { topics: [{ name: "secret", count: 2, assignments: null }], timeoutMs: 1_000, validateOnly: true },
    TOPIC,
  ),
  entry(describeClusterApi, 1, { includeClusterAuthorizedOperations: true }),
  entry(
    describeQuorumApi,
    2,
    { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] },
    CLUSTER,
  ),
  entry(
    updateFeaturesApi,
    2,
    { featureUpdates: [{ feature: "metadata.version", maxVersionLevel: 30 }], validateOnly: false },
    CLUSTER,
  ),
  entry(
    addRaftVoterApi,
    1,
    { clusterId: null, timeoutMs: 1_000, ...voter, listeners: [{ name: "C", host: "h", port: 1 }] },
    CLUSTER,
  ),
  entry(removeRaftVoterApi, 0, { clusterId: null, ...voter }, CLUSTER),
  entry(describeProducersApi, 0, { topics: [{ name: "secret", partitionIndexes: [0] }] }, TOPIC),
  entry(listConfigResourcesApi, 1, {}, CLUSTER),
  entry(describeTopicPartitionsApi, 0, { topics: [{ name: "secret" }] }, TOPIC),
  entry(describeTopicPartitionsApi, 0, { topics: [] }),
];

function entry<Request, RequestInput, Response, ResponseInput>(
  api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
  version: number,
  request: RequestInput & object,
  ...errors: ErrorName[]
): Refused {
  return { api: api as unknown as Refused["api"], version, request, errors };
}

const nameOf = new Map<number, string>(Object.entries(errorTable).map(([name, { code }]) => [code, name]));

/** The errors of a response, each once. Kafka's fields are `errorCode`, those of gRPC `error.code`. */
function errorsIn(response: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "number" && (key === "errorCode" || key === "code") && value !== 0) {
      found.add(nameOf.get(value)!);
    }
    if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return;
    for (const [name, inner] of Object.entries(value)) visit(inner, name);
  };
  visit(response, "");
  return [...found];
}

const text = (response: unknown) =>
  JSON.stringify(response, (_, value) => (typeof value === "bigint" ? String(value) : value));

async function startNode() {
  const rights = { allowed: true };
  const node = await TestNode.start({ authorizer: { isAllowed: () => rights.allowed } });
  await createTopic(node.connect(), "secret");
  await produceTo(node.connect(), "secret", 0, { values: ["a"] });
  return { node, rights };
}

describe("who may do nothing is told so, or shown nothing, over Kafka's protocol", () => {
  test("in every API but ApiVersions", () => {
    const keys = new Set([apiVersionsApi.key, ...refused.map(({ api }) => api.key)]);
    expect([...keys].sort((a, b) => a - b)).toEqual(servedApis.map(({ key }) => key).sort((a, b) => a - b));
  });

  test.each(refused.map((entry) => ({ name: entry.api.name, ...entry })))(
    "$name $request",
    async ({ api, version, request, errors }) => {
      const { node, rights } = await startNode();
      await using _node = node;
      const client = node.connect();
      // A voter is waited for.
      const answered = await node.inTime(client.call(api, version, request as never));
      expect(errorsIn(answered).filter((name) => name.endsWith("AUTHORIZATION_FAILED"))).toEqual([]);
      rights.allowed = false;
      const response = await client.call(api, version, request as never);
      expect(errorsIn(response).sort()).toEqual([...errors].sort());
      if (errors.length === 0) expect(text(response)).not.toContain("secret");
    },
  );
});

describe("who may do nothing is told so, or shown nothing, over gRPC", () => {
  const grpcResource = { type: 2, name: "secret" };
  const requests: Readonly<Record<keyof typeof AdminService.method, readonly [object, ...ErrorName[]]>> = {
    createTopics: [{ topics: [{ name: "new" }], validateOnly: true }, TOPIC],
    deleteTopics: [{ topics: [{ reference: { case: "name", value: "secret" } }] }, TOPIC],
    createPartitions: [{ topics: [{ name: "secret", partitions: 2 }], validateOnly: true }, TOPIC],
    alterConfigs: [{ resources: [{ resource: grpcResource, alterations: [] }], validateOnly: true }, TOPIC],
    describeTopics: [{ names: ["secret"] }, TOPIC],
    describeCluster: [{}], // as in Kafka: whoever can connect may know whom to connect to
    describeConfigs: [{ resources: [grpcResource, { type: 4, name: "1" }] }, TOPIC, CLUSTER],
    listOffsets: [{ queries: [{ topic: "secret", timestampMs: -1n }] }, TOPIC],
    deleteRecords: [{ partitions: [{ topic: "secret", offset: 0n }] }, TOPIC],
    updateFeatures: [{ updates: [], validateOnly: true }, CLUSTER],
  };

  test.each(AdminService.methods.map(({ localName }) => localName as keyof typeof requests))(
    "%s",
    async (method) => {
      const [request, ...errors] = requests[method];
      const { node, rights } = await startNode();
      await using _node = node;
      rights.allowed = false;
      const response = await node
        .channel()
        .client(AdminService)
        [method](request as never)
        .catch(({ code }: ApiError) => ({ code }));
      expect(errorsIn(response).sort()).toEqual([...errors].sort());
      if (errors.length === 0) expect(text(response)).not.toContain("secret");
      expect((await node.channel().client(AdminService).describeTopics({})).topics).toEqual([]);
    },
  );

  const ofTheQuorum: Readonly<Record<keyof typeof QuorumAdminService.method, object>> = {
    describeQuorum: {},
    addRaftVoter: { nodeId: 2, host: "localhost", port: 9094 },
    removeRaftVoter: { nodeId: 1 },
    moveController: {},
  };

  test.each(QuorumAdminService.methods.map(({ localName }) => localName as keyof typeof ofTheQuorum))(
    "%s",
    async (method) => {
      const { node, rights } = await startNode();
      await using _ = node;
      rights.allowed = false;
      const call = node
        .channel()
        .client(QuorumAdminService)
        [method](ofTheQuorum[method] as never);
      await expect(call).rejects.toMatchObject({ id: CLUSTER });
    },
  );

  test.each(BrokerService.methods.map(({ localName }) => localName as keyof typeof BrokerService.method))(
    "%s",
    async (method) => {
      const { node, rights } = await startNode();
      await using _node = node;
      rights.allowed = false;
      const batches = batchOf({ values: ["b"] });
      const messages = {
        produce: {
          acks: -1,
          open: [{ handle: 1, topic: "secret" }],
          slices: [{ partitionHandle: 1, sizeBytes: batches.length }],
          batches,
        },
        fetch: { start: [{ handle: 1, topic: "secret" }], creditBytes: 1_000n },
      };
      const requests = (async function* () {
        yield messages[method];
        await new Promise(() => {});
      })();
      const call = node.channel().client(BrokerService)[method] as (
        input: typeof requests,
      ) => AsyncIterable<object>;
      for await (const response of call(requests)) {
        expect(errorsIn(response)).toEqual([TOPIC]);
        break;
      }
    },
  );
});
