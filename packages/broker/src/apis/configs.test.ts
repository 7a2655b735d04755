import { alterConfigsApi } from "@millrace/kafka-protocol/messages/alter-configs";
import { describeConfigsApi } from "@millrace/kafka-protocol/messages/describe-configs";
import { incrementalAlterConfigsApi } from "@millrace/kafka-protocol/messages/incremental-alter-configs";
import { listConfigResourcesApi } from "@millrace/kafka-protocol/messages/list-config-resources";
import { type ErrorName, errorTable } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { createTopic } from "../../test-support/create-topic.ts";
import type { TestClient } from "../../test-support/test-client.ts";
import { TestNode } from "../../test-support/test-node.ts";

const TOPIC = 2;
const BROKER = 4;
const LOGGER = 8;
const METRICS = 16;
const GROUP = 32;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const;

async function describeOne(
  client: TestClient,
  resourceType: number,
  resourceName: string,
  keys: string[] | null = null,
) {
  const { results } = await client.call(describeConfigsApi, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  const { errorCode, configs } = results[0]!;
  return { errorCode, configs, byName: new Map(configs.map((config) => [config.name, config])) };
}

async function alter(
  client: TestClient,
  resourceType: number,
  resourceName: string,
  ...changes: (readonly [name: string, configOperation: number, value: string | null])[]
) {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const { responses } = await client.call(incrementalAlterConfigsApi, 1, {
    resources: [{ resourceType, resourceName, configs }],
    validateOnly: false,
  });
  return responses[0]!.errorCode;
}

describe("DescribeConfigs", () => {
  test("lists every config of a topic with source, type, synonyms and documentation", async () => {
    await using node = await TestNode.start({ staticConfigs: new Map([["log.segment.bytes", "2000000"]]) });
    const client = node.connect();
    await createTopic(client, "t", { configs: { "max.message.bytes": "2048" } });
    const { errorCode, configs, byName } = await describeOne(client, TOPIC, "t");
    expect(errorCode).toBe(0);
    expect(configs.length).toBeGreaterThan(25);
    expect(byName.get("max.message.bytes")).toMatchObject({
      value: "2048",
      configSource: 1,
      readOnly: false,
      configType: 3,
      synonyms: [
        { name: "max.message.bytes", value: "2048", source: 1 },
        { name: "message.max.bytes", value: "1048588", source: 5 },
      ],
    });
    expect(byName.get("segment.bytes")).toMatchObject({ value: "2000000", configSource: 4 });
    expect(byName.get("cleanup.policy")).toMatchObject({ value: "delete", configSource: 5, configType: 7 });
    expect(byName.get("retention.ms")!.documentation).toMatch(/\w/);
  });

  test("shows a throttle rate where it is set", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    const rate = "leader.replication.throttled.rate";
    expect((await describeOne(client, BROKER, "1")).byName.has(rate)).toBe(false);
    await alter(client, BROKER, "", [rate, SET, "1000"]);
    const { byName } = await describeOne(client, BROKER, "1");
    expect(byName.get(rate)!.synonyms).toEqual([{ name: rate, value: "1000", source: 3 }]);
  });

  test("lists only keys that were asked for, and passes over those that do not exist", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "t");
    const { configs } = await describeOne(client, TOPIC, "t", ["flush.ms", "no.such"]);
    expect(configs.map(({ name }) => name)).toEqual(["flush.ms"]);
    expect((await describeOne(client, TOPIC, "t", [])).configs.length).toBeGreaterThan(25);
  });

  test("shows a broker's own configs and what all brokers share, and never a secret", async () => {
    const secret = new Map([["ssl.key.password", "hush"]]);
    await using node = await TestNode.start({ staticConfigs: secret });
    const client = node.connect();
    expect(await alter(client, BROKER, "", ["log.retention.ms", SET, "5000"])).toBe(0);
    const shared = await describeOne(client, BROKER, "");
    expect(shared.configs).toEqual([
      expect.objectContaining({ name: "log.retention.ms", value: "5000", configSource: 3, readOnly: false }),
    ]);
    const own = await describeOne(client, BROKER, "1");
    expect(own.byName.get("log.retention.ms")).toMatchObject({ value: "5000", configSource: 3 });
    expect(own.byName.get("num.partitions")).toMatchObject({ value: "1", readOnly: true });
    expect(own.byName.get("ssl.key.password")).toMatchObject({ value: null, isSensitive: true });
    expect(JSON.stringify(own.configs)).not.toContain("hush");
  });

  test("knows groups and subscriptions to metrics for which nothing was set", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    const group = await describeOne(client, GROUP, "g");
    expect(group.byName.get("consumer.session.timeout.ms")).toMatchObject({
      value: "45000",
      configSource: 5,
    });
    const metrics = await describeOne(client, METRICS, "sub");
    expect(metrics.byName.get("interval.ms")).toMatchObject({ value: "300000", configSource: 5 });
  });

  test.each([
    ["an unknown topic", TOPIC, "none", "UNKNOWN_TOPIC_OR_PARTITION"],
    ["a bad topic name", TOPIC, "a b", "INVALID_TOPIC_EXCEPTION"],
    ["another broker", BROKER, "77", "INVALID_REQUEST"],
    ["no broker", BROKER, "abc", "INVALID_REQUEST"],
    ["loggers of no broker", LOGGER, "", "INVALID_REQUEST"],
    ["loggers", LOGGER, "1", "INVALID_REQUEST"],
    ["a group without name", GROUP, "", "INVALID_REQUEST"],
    ["a subscription without name", METRICS, "", "INVALID_REQUEST"],
    ["an unknown type", 3, "x", "INVALID_REQUEST"],
  ] as const)("refuses %s", async (_, type, name, error) => {
    await using node = await TestNode.start();
    const { errorCode, configs } = await describeOne(node.connect(), type, name);
    expect([errorCode, configs]).toEqual([errorTable[error].code, []]);
  });

  test.each([
    [TOPIC, "TOPIC_AUTHORIZATION_FAILED"],
    [GROUP, "GROUP_AUTHORIZATION_FAILED"],
    [BROKER, "CLUSTER_AUTHORIZATION_FAILED"],
    [METRICS, "CLUSTER_AUTHORIZATION_FAILED"],
  ] as const)("asks the authorizer about resources of type %d", async (type, error) => {
    await using node = await TestNode.start({ authorizer: { isAllowed: () => false } });
    const client = node.connect();
    expect((await describeOne(client, type, "1")).errorCode).toBe(errorTable[error].code);
    expect(await alter(client, type, "1")).toBe(errorTable[error].code);
  });
});

describe("IncrementalAlterConfigs", () => {
  test("sets, appends, subtracts and deletes, visible as soon as it answers", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "t");
    const policy = async () => (await describeOne(client, TOPIC, "t")).byName.get("cleanup.policy")!;
    expect(await alter(client, TOPIC, "t", ["cleanup.policy", APPEND, "compact"])).toBe(0);
    expect(await policy()).toMatchObject({ value: "delete,compact", configSource: 1 });
    expect(await alter(client, TOPIC, "t", ["cleanup.policy", SUBTRACT, "delete"])).toBe(0);
    expect(await policy()).toMatchObject({ value: "compact" });
    expect(
      await alter(client, TOPIC, "t", ["cleanup.policy", DELETE, null], ["flush.ms", DELETE, null]),
    ).toBe(0);
    expect(await policy()).toMatchObject({ value: "delete", configSource: 5 });
  });

  test.each([
    ["an unknown topic", TOPIC, "none", ["flush.ms", SET, "1"], "UNKNOWN_TOPIC_OR_PARTITION"],
    ["an unknown config", TOPIC, "t", ["no.such", SET, "1"], "INVALID_CONFIG"],
    ["a value out of range", TOPIC, "t", ["max.message.bytes", SET, "-5"], "INVALID_CONFIG"],
    ["no value", TOPIC, "t", ["flush.ms", SET, null], "INVALID_REQUEST"],
    ["an unknown operation", TOPIC, "t", ["flush.ms", 9, "1"], "INVALID_REQUEST"],
    ["an append to what is no list", TOPIC, "t", ["flush.ms", APPEND, "1"], "INVALID_CONFIG"],
    ["a config that needs a restart", BROKER, "1", ["broker.id", SET, "5"], "INVALID_REQUEST"],
    ["another broker", BROKER, "88", ["log.retention.ms", SET, "5"], "INVALID_REQUEST"],
    ["a logger", LOGGER, "1", ["root", SET, "DEBUG"], "INVALID_REQUEST"],
    ["an unknown type", 3, "x", ["flush.ms", SET, "1"], "INVALID_REQUEST"],
  ] as const)("refuses %s", async (_, type, name, change, error) => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "t");
    expect(await alter(client, type, name, change)).toBe(errorTable[error satisfies ErrorName].code);
  });
});

test("AlterConfigs replaces everything that was set", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t", { configs: { "flush.ms": "5", "retention.ms": "6" } });
  const { responses } = await client.call(alterConfigsApi, 2, {
    resources: [{ resourceType: TOPIC, resourceName: "t", configs: [{ name: "retention.ms", value: "7" }] }],
    validateOnly: false,
  });
  expect(responses).toEqual([
    expect.objectContaining({ errorCode: 0, errorMessage: null, resourceName: "t" }),
  ]);
  const { byName } = await describeOne(client, TOPIC, "t");
  expect(byName.get("retention.ms")).toMatchObject({ value: "7", configSource: 1 });
  expect(byName.get("flush.ms")!.configSource).toBe(5);
});

test("ListConfigResources lists topics and brokers, and what else something was set for", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t");
  await alter(client, GROUP, "g", ["consumer.session.timeout.ms", SET, "50000"]);
  await alter(client, METRICS, "sub", ["interval.ms", SET, "5000"]);
  const list = async (version: number, resourceTypes?: number[]) => {
    const { errorCode, configResources } = await client.call(listConfigResourcesApi, version, {
      resourceTypes,
    });
    return [
      errorCode,
      configResources.map(({ resourceName, resourceType }) => `${resourceType}:${resourceName}`),
    ];
  };
  expect(await list(1, [])).toEqual([0, ["2:t", "4:1", "8:1", "16:sub", "32:g"]]);
  expect(await list(1, [GROUP, TOPIC])).toEqual([0, ["32:g", "2:t"]]);
  expect(await list(1, [3])).toEqual([errorTable.UNSUPPORTED_VERSION.code, []]);
  expect((await list(0))[0]).toBe(0);
});
