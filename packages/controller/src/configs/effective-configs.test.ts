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

const listed = (synonyms: readonly { name: string; value: string | null; source: number }[]) =>
  synonyms.map(({ name, value, source }) => `${name}=${value}@${source}`);

test("lists what says the same in coarser units only behind a value in the finest, as Kafka 4.3 does", () => {
  const coarse = view({
    "log.retention.minutes": "90",
    "log.retention.hours": "1",
    "log.flush.scheduler.interval.ms": "7",
  });
  const dynamic = imageWith({
    broker: { "log.retention.ms": "5", "log.flush.interval.ms": "6" },
    brokers: { "log.roll.ms": "8" },
  });
  const ofTopic = (image: MetadataImage, name: string) =>
    listed(effectiveConfig(image, coarse, t, name).synonyms);
  const ofBroker = (image: MetadataImage, name: string) =>
    listed(effectiveBrokerConfig(image, coarse, name).synonyms);
  const retention = [
    "log.retention.ms=5@2",
    "log.retention.minutes=90@4",
    "log.retention.hours=1@4",
    "log.retention.hours=168@5",
  ];
  const flush = [
    "log.flush.interval.ms=6@2",
    "log.flush.scheduler.interval.ms=7@4",
    "log.flush.scheduler.interval.ms=9223372036854775807@5",
  ];
  for (const name of ["retention.ms", "flush.ms", "segment.ms", "segment.jitter.ms"]) {
    expect(ofTopic(imageWith({}), name)).toEqual([]);
  }
  expect(ofTopic(dynamic, "retention.ms")).toEqual(retention);
  expect(ofTopic(dynamic, "flush.ms")).toEqual(flush);
  expect(ofTopic(dynamic, "segment.ms")).toEqual(["log.roll.ms=8@3", "log.roll.hours=168@5"]);
  expect(ofBroker(imageWith({}), "log.retention.ms")).toEqual([]);
  expect(ofBroker(dynamic, "log.retention.ms")).toEqual(retention);
  expect(ofBroker(dynamic, "log.retention.minutes")).toEqual(retention.slice(1));
  expect(ofBroker(dynamic, "log.retention.hours")).toEqual(retention.slice(2));
  expect(ofBroker(dynamic, "log.flush.interval.ms")).toEqual(flush);
  // The value is what is in force, whatever is listed.
  expect(effectiveConfig(imageWith({}), coarse, t, "retention.ms").value).toBe("5400000");
});

test("what no broker config stands behind has its own value as the only synonym, and a group's its default", () => {
  const none = effectiveConfig(imageWith({}), view(), t, "remote.storage.enable");
  expect([none.value, none.source, none.synonyms]).toEqual(["false", configSources.default, []]);
  const throttled = { "follower.replication.throttled.replicas": "0:1" };
  const set = effectiveConfig(
    imageWith({ topic: throttled }),
    view(),
    t,
    "follower.replication.throttled.replicas",
  );
  expect(listed(set.synonyms)).toEqual(["follower.replication.throttled.replicas=0:1@1"]);
  const ofGroup = effectiveConfig(
    imageWith({}),
    view(),
    { type: group, name: "g" },
    "share.auto.offset.reset",
  );
  expect(listed(ofGroup.synonyms)).toEqual(["share.auto.offset.reset=latest@5"]);
});

test("the default of a rate that Kafka shows only where it is set is no synonym", () => {
  const rate = (image: MetadataImage) =>
    effectiveBrokerConfig(image, view(), "leader.replication.throttled.rate");
  expect(rate(imageWith({}))).toMatchObject({ value: "9223372036854775807", synonyms: [] });
  const set = rate(imageWith({ broker: { "leader.replication.throttled.rate": "1" } }));
  expect(listed(set.synonyms)).toEqual(["leader.replication.throttled.rate=1@2"]);
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
