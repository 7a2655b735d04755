import { Owner, PersistentMap } from "@millrace/replicated-state";
import { expect, test } from "vitest";
import { type ConfigMap, configResourceKey, configResourceTypes } from "../image/config-resource.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import { emptyMetadata } from "../image/metadata-state.ts";
import { configSources } from "./config-source.ts";
import { brokerConfigValue, groupConfigOf, topicConfigOf } from "./config-values.ts";
import { effectiveBrokerConfig, effectiveConfig } from "./effective-configs.ts";

type Set = Readonly<Record<string, string>>;
const { topic, broker, group } = configResourceTypes;

function imageWith(resources: { topic?: Set; broker?: Set; brokers?: Set; group?: Set }): MetadataImage {
  let configs = PersistentMap.empty<string, ConfigMap>();
  const put = (type: 2 | 4 | 32, name: string, values: Set | undefined): void => {
    if (values === undefined) return;
    configs = configs.set(configResourceKey({ type, name }), new Map(Object.entries(values)), new Owner());
  };
  put(topic, "t", resources.topic);
  put(broker, "1", resources.broker);
  put(broker, "", resources.brokers);
  put(group, "g", resources.group);
  return new MetadataImage("c", { state: { ...emptyMetadata, configs }, offset: 1, epoch: 1 });
}

const view = (statics: Set = {}) => ({ brokerId: 1, staticConfigs: new Map(Object.entries(statics)) });
const t = { type: topic, name: "t" } as const;

test("a topic's own value hides all others, which are still listed, nearest first", () => {
  const image = imageWith({
    topic: { "retention.ms": "1" },
    broker: { "log.retention.ms": "2" },
    brokers: { "log.retention.ms": "3" },
  });
  const { value, source, synonyms } = effectiveConfig(
    image,
    view({ "log.retention.hours": "4" }),
    t,
    "retention.ms",
  );
  expect([value, source]).toEqual(["1", configSources.topic]);
  expect(synonyms).toEqual([
    { name: "retention.ms", value: "1", source: configSources.topic },
    { name: "log.retention.ms", value: "2", source: configSources.broker },
    { name: "log.retention.ms", value: "3", source: configSources.defaultBroker },
    { name: "log.retention.hours", value: "4", source: configSources.staticBroker },
    { name: "log.retention.hours", value: "168", source: configSources.default },
  ]);
});

test("milliseconds win over minutes, minutes over hours, whichever file they stand in", () => {
  const retention = (resources: Parameters<typeof imageWith>[0], statics: Set = {}) =>
    topicConfigOf(imageWith(resources), view(statics), "t")["retention.ms"];
  expect(retention({})).toBe(7 * 24 * 3_600_000);
  expect(retention({}, { "log.retention.hours": "2" })).toBe(7_200_000);
  expect(retention({}, { "log.retention.hours": "2", "log.retention.minutes": "3" })).toBe(180_000);
  expect(retention({ brokers: { "log.retention.ms": "5" } }, { "log.retention.minutes": "3" })).toBe(5);
  expect(retention({}, { "log.retention.hours": "-1" })).toBe(-1);
});

test("values are parsed: lists, numbers beyond 2^53, words", () => {
  const config = topicConfigOf(
    imageWith({ topic: { "cleanup.policy": "compact, delete,delete" } }),
    view(),
    "t",
  );
  expect(config["cleanup.policy"]).toEqual(["compact", "delete"]);
  expect(config["flush.ms"]).toBe(Number.MAX_SAFE_INTEGER);
  expect(config["compression.type"]).toBe("producer");
  expect(config.preallocate).toBe(false);
  expect(config["internal.segment.bytes"]).toBeUndefined();
});

test("what topics share follows the broker's configs", () => {
  const one = view();
  expect(topicConfigOf(imageWith({}), one, "t")["max.message.bytes"]).toBe(1_048_588);
  const changed = imageWith({ broker: { "message.max.bytes": "9" } });
  expect(topicConfigOf(changed, one, "t")["max.message.bytes"]).toBe(9);
  expect(topicConfigOf(imageWith({}), one, "t")["max.message.bytes"]).toBe(1_048_588);
});

test("a broker's own value comes before that of all brokers, its file and the default", () => {
  const image = imageWith({ broker: { "message.max.bytes": "1" }, brokers: { "message.max.bytes": "2" } });
  const config = effectiveBrokerConfig(image, view({ "message.max.bytes": "3" }), "message.max.bytes");
  expect(config.synonyms.map(({ value }) => value)).toEqual(["1", "2", "3", "1048588"]);
  expect([config.value, config.source]).toEqual(["1", configSources.broker]);
  expect(config).toMatchObject({ readOnly: false, sensitive: false });
  expect(effectiveBrokerConfig(image, view(), "num.partitions").readOnly).toBe(true);
  expect(effectiveBrokerConfig(image, view(), "ssl.key.password").sensitive).toBe(true);
  expect(brokerConfigValue(image, view(), "message.max.bytes")).toBe(1);
  expect(brokerConfigValue(imageWith({}), view(), "broker.rack")).toBeUndefined();
});

test("a group falls back to its broker configs", () => {
  const image = imageWith({ group: { "consumer.session.timeout.ms": "50000" } });
  const config = groupConfigOf(image, view({ "group.share.record.lock.duration.ms": "20000" }), "g");
  expect(config["consumer.session.timeout.ms"]).toBe(50_000);
  expect(config["share.record.lock.duration.ms"]).toBe(20_000);
  expect(config["share.auto.offset.reset"]).toBe("latest");
  expect(
    effectiveConfig(image, view(), { type: group, name: "g" }, "consumer.session.timeout.ms").source,
  ).toBe(configSources.group);
});
