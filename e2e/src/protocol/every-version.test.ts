import type { AnyApiCodec } from "@millrace/kafka-protocol";
import { apiCodecs } from "@millrace/kafka-protocol/all";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { initProducerIdApi } from "@millrace/kafka-protocol/messages/init-producer-id";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  againstApacheKafka,
  type BrokerUnderTest,
  KafkaConnection,
  startBrokerUnderTest,
  waitUntil,
} from "../harness/index.ts";
import {
  apiNames,
  findCoordinatorRequest,
  refusedByQuorum,
  type SampleTopic,
  sampleRequests,
} from "./sample-requests.ts";

const COORDINATOR_NOT_AVAILABLE = 15;
/** Advertised from 0 as Kafka does, for old clients that read something into it; 0 to 2 are refused. */
const PRODUCE_VERSION_MIN = 3;

let broker: BrokerUnderTest;
let topic: SampleTopic;
beforeAll(async () => {
  broker = await startBrokerUnderTest();
  await using connection = await KafkaConnection.open(broker.bootstrap);
  const name = "sample";
  const { topics } = await connection.call(createTopicsApi, 7, {
    topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
    validateOnly: false,
  });
  expect(topics).toMatchObject([{ name, errorCode: 0 }]);
  topic = { name, topicId: topics[0]?.topicId ?? "" };
  // A broker has to fetch its first producer ids, and says "later" until then.
  const anyProducer = { transactionalId: null, transactionTimeoutMs: 60_000 };
  await waitUntil(async () => (await connection.call(initProducerIdApi, 4, anyProducer)).errorCode === 0, {
    until: "producer ids are handed out",
  });
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

/** All error codes in a response, wherever they stand. */
function errorCodes(value: unknown): number[] {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === "errorCode" ? [field as number] : errorCodes(field),
  );
}

async function listedApis() {
  await using connection = await KafkaConnection.open(broker.bootstrap);
  const client = { clientSoftwareName: "e2e", clientSoftwareVersion: "1.0" };
  const { apiKeys } = await connection.call(apiVersionsApi, 4, client);
  return apiKeys;
}

async function callEveryVersion(
  key: number,
  min: number,
  max: number,
  request: (version: number) => object,
): Promise<(readonly [string, number[]])[]> {
  const api = apiCodecs.find((codec) => codec.key === key) as AnyApiCodec;
  const answers: (readonly [string, number[]])[] = [];
  for (let version = min; version <= max; version += 1) {
    await using connection = await KafkaConnection.open(broker.bootstrap);
    const answer = await connection
      .call(api, version, request(version) as never)
      .then(errorCodes, (error: unknown) => {
        throw new Error(`${api.name} ${version}`, { cause: error });
      });
    answers.push([`${api.name} ${version}`, answer]);
  }
  return answers;
}

test("every version of every API that ApiVersions lists is served", async () => {
  for (const { apiKey, minVersion, maxVersion } of await listedApis()) {
    const name = apiNames.get(apiKey);
    const request = name && sampleRequests[name];
    if (request === undefined) continue;
    const min = name === "Produce" ? PRODUCE_VERSION_MIN : minVersion;
    const answers = await callEveryVersion(apiKey, min, maxVersion, (version) => request(topic, version));
    expect(answers).toEqual(answers.map(([what, codes]) => [what, codes.map(() => 0)]));
  }
});

test.skipIf(againstApacheKafka)("ApiVersions lists what is served, and nothing else", async () => {
  const listed = (await listedApis()).map(({ apiKey }) => apiNames.get(apiKey));
  const known = [...Object.keys(sampleRequests), ...Object.keys(refusedByQuorum), "FindCoordinator"];
  expect([...listed].sort()).toEqual(known.sort());
});

test.skipIf(againstApacheKafka)("a quorum of one says in every version whom it does not know", async () => {
  for (const { apiKey, minVersion, maxVersion } of await listedApis()) {
    const name = apiNames.get(apiKey);
    const [request, error] = (name && refusedByQuorum[name]) ?? [];
    if (request === undefined) continue;
    const answers = await callEveryVersion(apiKey, minVersion, maxVersion, (version) =>
      request(topic, version),
    );
    for (const [, codes] of answers) expect(codes).toEqual([error]);
  }
});

test.skipIf(againstApacheKafka)("FindCoordinator says in every version that there is none yet", async () => {
  const listed = (await listedApis()).find(({ apiKey }) => apiNames.get(apiKey) === "FindCoordinator");
  if (listed === undefined) throw new Error("FindCoordinator is not listed");
  const { apiKey, minVersion, maxVersion } = listed;
  const answers = await callEveryVersion(apiKey, minVersion, maxVersion, (version) =>
    findCoordinatorRequest(topic, version),
  );
  for (const [, codes] of answers) expect(codes).toContain(COORDINATOR_NOT_AVAILABLE);
});
