import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { CreateTopicsRequestSchema } from "@millrace/proto/admin";
import { errorByCode } from "@millrace/runtime";
import { expect, test } from "vitest";
import { uuidFromBytes } from "../image/uuid.ts";
import { MetadataRun } from "../testing/metadata-run.ts";
import { heartbeat, startBrokers } from "../testing/register.ts";
import { decideCreateTopics } from "./create-topics.ts";

type Topics = MessageInitShape<typeof CreateTopicsRequestSchema>["topics"];

function createTopics(run: MetadataRun, topics: Topics, validateOnly = false): string[] {
  const request = create(CreateTopicsRequestSchema, { topics: topics!, validateOnly });
  const response = run.decide((state, env) =>
    decideCreateTopics(state, request, { partitions: 2, replicationFactor: 1 }, env),
  );
  if (response instanceof Error) throw response;
  return response.map(({ error, partitions, replicationFactor }) =>
    error ? `${errorByCode(error.code!)}: ${error.message}` : `${partitions} x ${replicationFactor}`,
  );
}

function started(...brokers: number[]): MetadataRun {
  const run = new MetadataRun();
  startBrokers(run, ...brokers);
  return run;
}

test("counts that are left out are the cluster's defaults", () => {
  expect(createTopics(started(1), [{ name: "t" }])).toEqual(["2 x 1"]);
});

test("one bad topic does not hold up the others", () => {
  const run = started(1);
  expect(createTopics(run, [{ name: "" }, { name: "good" }])).toEqual([
    "INVALID_TOPIC_EXCEPTION: Topic name is invalid: the empty string is not allowed",
    "2 x 1",
  ]);
  expect(run.image.topicNames).toEqual(["good"]);
});

test("names that differ in '.' and '_' only collide, within a request too", () => {
  const run = started(1);
  const collides = /^INVALID_TOPIC_EXCEPTION: Topic 'a_b' collides with existing topic: a\.b$/;
  expect(createTopics(run, [{ name: "a.b" }, { name: "a_b" }])[1]).toMatch(collides);
  expect(createTopics(run, [{ name: "a_b" }])[0]).toMatch(collides);
  expect(createTopics(run, [{ name: "a.b" }])).toEqual(["TOPIC_ALREADY_EXISTS: Topic 'a.b' already exists."]);
});

test.each([
  [{ name: "t", partitions: 0 }, "INVALID_PARTITIONS"],
  [{ name: "t", replicationFactor: 0 }, "INVALID_REPLICATION_FACTOR"],
  [{ name: "t", replicationFactor: 3 }, "INVALID_REPLICATION_FACTOR"],
  [{ name: "t", partitions: 10_001 }, "POLICY_VIOLATION"],
  [{ name: "t", configs: { "no.such": "1" } }, "INVALID_CONFIG: Unknown topic config name: no.such"],
  [{ name: "t", configs: { toString: "1" } }, "INVALID_CONFIG"],
  [{ name: "t", configs: { "retention.ms": "x" } }, "INVALID_CONFIG: Invalid value x"],
  [{ name: "t", assignments: [{ brokerIds: [] }] }, "INVALID_REPLICA_ASSIGNMENT"],
  [{ name: "t", assignments: [{ brokerIds: [7] }] }, "INVALID_REPLICA_ASSIGNMENT"],
  [{ name: "t", assignments: [{ brokerIds: [1, 1] }] }, "INVALID_REPLICA_ASSIGNMENT"],
  [{ name: "t", assignments: [{ brokerIds: [1] }, { brokerIds: [1, 2] }] }, "INVALID_REPLICA_ASSIGNMENT"],
  [{ name: "t", partitions: 1, assignments: [{ brokerIds: [1] }] }, "INVALID_REQUEST"],
  [{ name: "__cluster_metadata" }, "INVALID_REQUEST"],
])("%j is refused with %s", (topic, expected) => {
  const run = started(1, 2);
  expect(createTopics(run, [topic])[0]).toContain(expected);
  expect(run.image.topicNames).toEqual([]);
});

test("a topic named twice in a request is created by neither", () => {
  const run = started(1);
  expect(createTopics(run, [{ name: "t" }, { name: "t" }])).toEqual([
    "INVALID_REQUEST: Duplicate topic name.",
    "INVALID_REQUEST: Duplicate topic name.",
  ]);
});

test("a topic that an earlier attempt made is answered as made, one of another request is not", () => {
  const run = started(1);
  const topicId = new Uint8Array(16).fill(7);
  expect(createTopics(run, [{ name: "t", partitions: 3, topicId }])).toEqual(["3 x 1"]);
  const before = run.image.offset;
  expect(createTopics(run, [{ name: "t", partitions: 3, topicId }])).toEqual(["3 x 1"]);
  expect(run.image.offset).toBe(before);
  expect([run.image.topicById(uuidFromBytes(topicId))?.name, run.image.topicNames]).toEqual(["t", ["t"]]);
  for (const other of [new Uint8Array(16).fill(8), new Uint8Array()]) {
    expect(createTopics(run, [{ name: "t", topicId: other }])).toEqual([
      "TOPIC_ALREADY_EXISTS: Topic 't' already exists.",
    ]);
  }
});

test("an id is one topic's", () => {
  const run = started(1);
  const topicId = new Uint8Array(16).fill(7);
  const refused = `INVALID_REQUEST: Topic id ${uuidFromBytes(topicId)} is another topic's.`;
  expect(
    createTopics(run, [
      { name: "a", topicId },
      { name: "b", topicId },
    ]),
  ).toEqual(["2 x 1", refused]);
  expect(createTopics(run, [{ name: "b", topicId }])).toEqual([refused]);
});

test("validate only answers the same and changes nothing", () => {
  const run = started(1);
  expect(createTopics(run, [{ name: "t" }], true)).toEqual(["2 x 1"]);
  expect(run.image.topicNames).toEqual([]);
});

test("without a broker in service nothing can be placed", () => {
  const run = started(1);
  heartbeat(run, 1, { wantFence: true });
  expect(createTopics(run, [{ name: "t" }])[0]).toContain("All brokers are currently fenced.");
});
