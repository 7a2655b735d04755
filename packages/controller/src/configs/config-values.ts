import { assert } from "@millrace/runtime";
import { configResourceTypes } from "../image/config-resource.ts";
import type { MetadataImage } from "../image/metadata-image.ts";
import { parseConfigBoolean, parseConfigList } from "./check-config-value.ts";
import { parseConfigNumber } from "./config-number.ts";
import { type ConfigView, effectiveBrokerConfig, effectiveConfig } from "./effective-configs.ts";
import type { ConfigValues, KafkaConfig } from "./kafka-config.ts";
import type { brokerConfigs } from "./tables/broker-configs.ts";
import { groupConfigs } from "./tables/group-configs.ts";
import { topicConfigs } from "./tables/topic-configs.ts";

/** A topic's configs in force, parsed, by Kafka's names. */
export type TopicConfig = ConfigValues<typeof topicConfigs>;
export type GroupConfig = ConfigValues<typeof groupConfigs>;
export type BrokerConfig = ConfigValues<typeof brokerConfigs>;

/** Everything a topic is configured with. Made anew when its configs or the broker's change, not per request. */
export function topicConfigOf(image: MetadataImage, view: ConfigView, topic: string): TopicConfig {
  const resource = { type: configResourceTypes.topic, name: topic };
  return Object.fromEntries(
    Object.entries<KafkaConfig>(topicConfigs).map(([name, config]) => [
      name,
      parseConfigValue(config, effectiveConfig(image, view, resource, name).value),
    ]),
  ) as unknown as TopicConfig;
}

export function groupConfigOf(image: MetadataImage, view: ConfigView, group: string): GroupConfig {
  const resource = { type: configResourceTypes.group, name: group };
  return Object.fromEntries(
    Object.entries<KafkaConfig>(groupConfigs).map(([name, config]) => [
      name,
      parseConfigValue(config, effectiveConfig(image, view, resource, name).value),
    ]),
  ) as unknown as GroupConfig;
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
