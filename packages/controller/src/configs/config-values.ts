import { assert } from "@millrace/runtime";
import { type ConfigMap, configResourceTypes } from "../image/config-resource.ts";
import type { MetadataImage } from "../image/metadata-image.ts";
import { parseConfigBoolean, parseConfigList } from "./check-config-value.ts";
import { parseConfigNumber } from "./config-number.ts";
import { type ConfigView, effectiveBrokerConfig, inheritedConfig } from "./effective-configs.ts";
import type { ConfigValues, KafkaConfig, KafkaConfigTable } from "./kafka-config.ts";
import type { brokerConfigs } from "./tables/broker-configs.ts";
import { groupConfigs } from "./tables/group-configs.ts";
import { topicConfigs } from "./tables/topic-configs.ts";

/** A topic's configs in force, parsed, by Kafka's names. */
export type TopicConfig = ConfigValues<typeof topicConfigs>;
export type GroupConfig = ConfigValues<typeof groupConfigs>;
export type BrokerConfig = ConfigValues<typeof brokerConfigs>;

/** Everything a topic is configured with. Cheap: only what was set for the topic itself is looked at. */
export function topicConfigOf(image: MetadataImage, view: ConfigView, topic: string): TopicConfig {
  const type = configResourceTypes.topic;
  const inherited = inheritedOf(image, view).topic;
  return withOwn(inherited, topicConfigs, image.configs({ type, name: topic })) as TopicConfig;
}

export function groupConfigOf(image: MetadataImage, view: ConfigView, group: string): GroupConfig {
  const type = configResourceTypes.group;
  const inherited = inheritedOf(image, view).group;
  return withOwn(inherited, groupConfigs, image.configs({ type, name: group })) as GroupConfig;
}

type Values = Readonly<Record<string, ReturnType<typeof parseConfigValue>>>;

interface Inherited {
  readonly own: ConfigMap;
  readonly shared: ConfigMap;
  readonly topic: Values;
  readonly group: Values;
}

const inheritedByView = new WeakMap<ConfigView, Inherited>();

/** What a topic or group has when nothing is set for it; worked out anew when the broker's own configs change. */
function inheritedOf(image: MetadataImage, view: ConfigView): Inherited {
  const type = configResourceTypes.broker;
  const own = image.configs({ type, name: String(view.brokerId) });
  const shared = image.configs({ type, name: "" });
  const known = inheritedByView.get(view);
  if (known !== undefined && known.own === own && known.shared === shared) return known;
  const valuesOf = (table: KafkaConfigTable, resourceType: "topic" | "group"): Values =>
    Object.fromEntries(
      Object.entries(table).map(([name, config]) => [
        name,
        parseConfigValue(config, inheritedConfig(image, view, configResourceTypes[resourceType], name).value),
      ]),
    );
  const inherited = {
    own,
    shared,
    topic: valuesOf(topicConfigs, "topic"),
    group: valuesOf(groupConfigs, "group"),
  };
  inheritedByView.set(view, inherited);
  return inherited;
}

function withOwn(inherited: Values, table: KafkaConfigTable, own: ConfigMap): unknown {
  if (own.size === 0) return inherited;
  const values = [...own]
    .filter(([name]) => Object.hasOwn(table, name))
    .map(([name, text]) => [name, parseConfigValue(table[name]!, text)]);
  return { ...inherited, ...Object.fromEntries(values) };
}

/** One config of a broker, parsed. */
export function brokerConfigValue<N extends keyof BrokerConfig & string>(
  image: MetadataImage,
  view: ConfigView,
  name: N,
): BrokerConfig[N] {
  const { config, value } = effectiveBrokerConfig(image, view, name);
  return parseConfigValue(config, value) as BrokerConfig[N];
}

/** Of a value that was checked before; undefined when there is none. */
export function parseConfigValue(
  { type, values }: KafkaConfig,
  text: string | null,
): boolean | number | string | readonly string[] | undefined {
  if (text === null) return undefined;
  switch (type) {
    case "boolean":
      return parseConfigBoolean(text);
    case "short":
    case "int":
    case "long":
    case "double": {
      const value = parseConfigNumber(type, text);
      assert(value !== undefined, "a stored config is not the number that was checked");
      return value;
    }
    case "list":
      // Kafka forgives a member of a closed set that is named twice.
      return values === undefined ? parseConfigList(text) : [...new Set(parseConfigList(text))];
    case "string":
    case "class":
    case "password":
      return text.trim();
  }
}
