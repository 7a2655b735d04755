import { createPartitionsApi } from "@millrace/kafka-protocol/messages/create-partitions";
import { deleteTopicsApi } from "@millrace/kafka-protocol/messages/delete-topics";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { type ErrorName, errorTable } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { createTopic } from "../../test-support/create-topic.ts";
import { TestNode } from "../../test-support/test-node.ts";

const NO_ID = "AAAAAAAAAAAAAAAAAAAAAA";
const UNKNOWN_ID = "AAAAAAAAAAAAAAAAAAAAAQ";
const codes = (...names: ErrorName[]) => names.map((name) => errorTable[name].code);

describe("DeleteTopics", () => {
  test("deletes by name and by id, and only then a name is free again", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "by-name");
    const id = await createTopic(client, "by-id");
    const { responses } = await client.call(deleteTopicsApi, 6, {
      topics: [
        { name: "by-name", topicId: NO_ID },
        { name: null, topicId: id },
      ],
      timeoutMs: 1_000,
    });
    expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ["by-name", 0],
      ["by-id", 0],
    ]);
    const metadata = await client.call(metadataApi, 12, { topics: null });
    expect(metadata.topics).toEqual([]);
    expect(await createTopic(client, "by-name")).not.toBe(id);
  });

  test("says of each topic what is wrong with it", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "twice");
    const { responses } = await client.call(deleteTopicsApi, 6, {
      topics: [
        { name: "none", topicId: NO_ID },
        { name: null, topicId: UNKNOWN_ID },
        { name: null, topicId: NO_ID },
        { name: "twice", topicId: UNKNOWN_ID },
        { name: "twice", topicId: NO_ID },
        { name: "twice", topicId: NO_ID },
      ],
      timeoutMs: 1_000,
    });
    const told = responses.map(({ name, topicId, errorCode }) => [name, topicId, errorCode]);
    const [unknownName, unknownId, invalid] = codes(
      "UNKNOWN_TOPIC_OR_PARTITION",
      "UNKNOWN_TOPIC_ID",
      "INVALID_REQUEST",
    );
    expect(told).toHaveLength(5);
    expect(told).toEqual(
      expect.arrayContaining([
        ["none", NO_ID, unknownName],
        [null, UNKNOWN_ID, unknownId],
        [null, NO_ID, invalid],
        ["twice", UNKNOWN_ID, invalid],
        ["twice", NO_ID, invalid],
      ]),
    );
  });

  test.each([
    [2, "INVALID_REQUEST"],
    [3, "TOPIC_DELETION_DISABLED"],
  ] as const)("is refused in version %d where it is switched off", async (version, error) => {
    await using node = await TestNode.start({ staticConfigs: new Map([["delete.topic.enable", "false"]]) });
    const client = node.connect();
    await createTopic(client, "kept");
    const { responses } = await client.call(deleteTopicsApi, version, {
      topicNames: ["kept"],
      timeoutMs: 1_000,
    });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual(codes(error));
  });

  test("does not give away the name of a topic that may not be seen", async () => {
    let allowed = true;
    await using node = await TestNode.start({ authorizer: { isAllowed: () => allowed } });
    const client = node.connect();
    const topicId = await createTopic(client, "secret");
    allowed = false;
    const { responses } = await client.call(deleteTopicsApi, 6, {
      topics: [{ name: null, topicId }],
      timeoutMs: 1_000,
    });
    expect(responses).toEqual([
      expect.objectContaining({ name: null, topicId, errorCode: errorTable.TOPIC_AUTHORIZATION_FAILED.code }),
    ]);
  });
});

describe("CreatePartitions", () => {
  test("adds partitions that can be used at once, and echoes every topic", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "t");
    await createTopic(client, "assigned");
    const { results } = await client.call(createPartitionsApi, 3, {
      topics: [
        { name: "t", count: 3, assignments: null },
        { name: "none", count: 3, assignments: null },
        { name: "assigned", count: 2, assignments: [{ brokerIds: [1] }] },
      ],
      timeoutMs: 1_000,
      validateOnly: false,
    });
    expect(results.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ["t", 0],
      ["none", errorTable.UNKNOWN_TOPIC_OR_PARTITION.code],
      ["assigned", 0],
    ]);
    const { topics } = await client.call(metadataApi, 12, { topics: [{ name: "t" }] });
    expect(topics[0]!.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 1, 1]);
  });

  test.each([
    ["no more than there are", 2, null, "INVALID_PARTITIONS"],
    ["fewer", -1, null, "INVALID_PARTITIONS"],
    ["assignments for some of them", 5, [{ brokerIds: [1] }], "INVALID_REPLICA_ASSIGNMENT"],
    ["an empty list of assignments", 5, [], "INVALID_REPLICA_ASSIGNMENT"],
    ["assignments to brokers that are not there", 3, [{ brokerIds: [9] }], "INVALID_REPLICA_ASSIGNMENT"],
  ] as const)("refuses %s", async (_, count, assignments, error) => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "t", { partitions: 2 });
    const request = { topics: [{ name: "t", count, assignments }], timeoutMs: 1_000, validateOnly: false };
    const { results } = await client.call(createPartitionsApi, 3, request);
    expect(results.map(({ errorCode }) => errorCode)).toEqual(codes(error));
  });
});
