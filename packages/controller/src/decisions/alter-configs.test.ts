import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AlterConfigsRequestSchema,
  type ConfigAlterationSchema,
  CreateTopicsRequestSchema,
  ConfigAlteration_Operation as Operation,
} from "@millrace/proto/admin";
import { errorByCode } from "@millrace/runtime";
import { expect, test } from "vitest";
import { type ConfigResource, configResourceTypes } from "../image/config-resource.ts";
import { MetadataRun } from "../testing/metadata-run.ts";
import { startBrokers } from "../testing/register.ts";
import { decideAlterConfigs } from "./alter-configs.ts";
import { decideCreateTopics } from "./create-topics.ts";

const topic: ConfigResource = { type: configResourceTypes.topic, name: "t" };
const allBrokers: ConfigResource = { type: configResourceTypes.broker, name: "" };
const { SET, DELETE, APPEND, SUBTRACT } = Operation;

function started(): MetadataRun {
  const run = new MetadataRun();
  startBrokers(run, 1);
  const request = create(CreateTopicsRequestSchema, { topics: [{ name: "t" }] });
  run.decide((state, env) =>
    decideCreateTopics(state, request, { partitions: 1, replicationFactor: 1 }, env),
  );
  return run;
}

type Alteration = MessageInitShape<typeof ConfigAlterationSchema>;

/** The error, or what is then set. */
function alter(
  run: MetadataRun,
  resource: ConfigResource,
  alterations: Alteration[],
  replaceAll = false,
): string | Record<string, string> {
  const request = create(AlterConfigsRequestSchema, { resources: [{ resource, alterations, replaceAll }] });
  const response = run.decide((state) => decideAlterConfigs(state, request));
  if (response instanceof Error) throw response;
  const error = response[0]!.error;
  if (error) return `${errorByCode(error.code!)}: ${error.message}`;
  return Object.fromEntries(run.image.configs(resource));
}

const set = (name: string, value: string): Alteration => ({ name, operation: SET, value });

test("values are set, changed and taken back", () => {
  const run = started();
  expect(alter(run, topic, [set("retention.ms", "1"), set("segment.bytes", "1048576")])).toEqual({
    "retention.ms": "1",
    "segment.bytes": "1048576",
  });
  expect(alter(run, topic, [set("retention.ms", "2"), { name: "segment.bytes", operation: DELETE }])).toEqual(
    {
      "retention.ms": "2",
    },
  );
});

test("the older call puts everything else back to its default", () => {
  const run = started();
  alter(run, topic, [set("retention.ms", "1")]);
  expect(alter(run, topic, [set("segment.ms", "1")], true)).toEqual({ "segment.ms": "1" });
});

test("lists are added to and taken from, starting at the default", () => {
  const run = started();
  const change = (operation: Operation, value: string) =>
    alter(run, topic, [{ name: "cleanup.policy", operation, value }]);
  expect(change(APPEND, "compact")).toEqual({ "cleanup.policy": "delete,compact" });
  expect(change(APPEND, "compact")).toEqual({ "cleanup.policy": "delete,compact" });
  expect(change(SUBTRACT, "delete")).toEqual({ "cleanup.policy": "compact" });
});

test.each<[string, ConfigResource, Alteration[], string]>([
  ["an unknown name", topic, [set("nope", "1")], "INVALID_CONFIG: Unknown topic config name: nope"],
  [
    "a bad value",
    topic,
    [set("retention.ms", "-2")],
    "INVALID_CONFIG: Invalid value -2 for configuration retention.ms",
  ],
  [
    "a contradiction",
    topic,
    [set("min.compaction.lag.ms", "5"), set("max.compaction.lag.ms", "4")],
    "INVALID_CONFIG",
  ],
  [
    "a list operation on a number",
    topic,
    [{ name: "retention.ms", operation: APPEND, value: "1" }],
    "INVALID_CONFIG",
  ],
  ["a name given twice", topic, [set("retention.ms", "1"), set("retention.ms", "2")], "INVALID_REQUEST"],
  ["no value", topic, [{ name: "retention.ms", operation: SET }], "INVALID_REQUEST"],
  ["tiered storage", topic, [set("remote.storage.enable", "true")], "INVALID_CONFIG"],
  ["an unknown topic", { ...topic, name: "u" }, [], "UNKNOWN_TOPIC_OR_PARTITION"],
  ["an unknown broker", { ...allBrokers, name: "7" }, [], "BROKER_ID_NOT_REGISTERED"],
  ["a broker id that is none", { ...allBrokers, name: "x" }, [], "INVALID_REQUEST"],
  ["a read-only broker config", allBrokers, [set("num.partitions", "3")], "INVALID_REQUEST: Cannot update"],
  ["a per-broker config for all", allBrokers, [set("listeners", "X://:1")], "INVALID_REQUEST: Cannot update"],
  [
    "a session below the broker's bound",
    { type: configResourceTypes.group, name: "g" },
    [set("consumer.session.timeout.ms", "1000")],
    "INVALID_CONFIG: consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms",
  ],
  [
    "a client matcher of an unknown kind",
    { type: configResourceTypes.clientMetrics, name: "m" },
    [set("match", "colour=red")],
    "INVALID_CONFIG",
  ],
])("%s is refused", (_, resource, alterations, expected) => {
  expect(alter(started(), resource, alterations)).toContain(expected);
});

test("broker configs apply to one broker or to all", () => {
  const run = started();
  expect(alter(run, allBrokers, [set("message.max.bytes", "1000")])).toEqual({ "message.max.bytes": "1000" });
  expect(alter(run, { ...allBrokers, name: "1" }, [set("log.retention.ms", "5")])).toEqual({
    "log.retention.ms": "5",
  });
});

test("a value has a longest length", () => {
  const list = Array.from({ length: 10_000 }, (_, i) => `${i}:1`).join(",");
  expect(alter(started(), topic, [set("leader.replication.throttled.replicas", list)])).toContain(
    "INVALID_CONFIG: The configuration value cannot be added",
  );
});
