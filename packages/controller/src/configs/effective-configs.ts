import { assert } from "@millrace/runtime";
import { type ConfigMap, type ConfigResourceType, configResourceTypes } from "../image/config-resource.ts";
import type { MetadataImage } from "../image/metadata-image.ts";
import { parseConfigNumber } from "./config-number.ts";
import { configSources, type SourcedValue } from "./config-source.ts";
import { type Fallback, fallbacksOf, synonymsOfBrokerConfig } from "./fallbacks.ts";
import type { KafkaConfig, KafkaConfigTable } from "./kafka-config.ts";
import { brokerConfigs } from "./tables/broker-configs.ts";
import { clientMetricsConfigs } from "./tables/client-metrics-configs.ts";
import { groupConfigs } from "./tables/group-configs.ts";
import { topicConfigs } from "./tables/topic-configs.ts";

/** The broker whose view it is: its id, and what its own configuration file set, by Kafka's names. */
export interface ConfigView {
  readonly brokerId: number;
  readonly staticConfigs: ConfigMap;
}

/** A config in force: the value, where it comes from, and everything it could come from, nearest first. */
export interface EffectiveConfig extends SourcedValue {
  readonly config: KafkaConfig;
  /** Read when a broker starts: cannot be altered. */
  readonly readOnly: boolean;
  /** Its value is never shown. */
  readonly sensitive: boolean;
  readonly synonyms: readonly SourcedValue[];
}

const brokerTable: KafkaConfigTable = brokerConfigs;

export const configTables: Readonly<Record<number, KafkaConfigTable>> = {
  [configResourceTypes.topic]: topicConfigs,
  [configResourceTypes.broker]: brokerTable,
  [configResourceTypes.group]: groupConfigs,
  [configResourceTypes.clientMetrics]: clientMetricsConfigs,
};

const ownSource: Readonly<Record<number, SourcedValue["source"]>> = {
  [configResourceTypes.topic]: configSources.topic,
  [configResourceTypes.group]: configSources.group,
  [configResourceTypes.clientMetrics]: configSources.clientMetrics,
};

type LayerTypes = typeof configResourceTypes;

/** One config of a topic, group or metrics subscription. `name` must be one of its table. */
export function effectiveConfig(
  image: MetadataImage,
  view: ConfigView,
  resource: {
    readonly type: Exclude<LayerTypes[keyof LayerTypes], LayerTypes["broker"]>;
    readonly name: string;
  },
  name: string,
): EffectiveConfig {
  const config = configTables[resource.type]?.[name];
  assert(config !== undefined, "no such config");
  const own = image.configs(resource).get(name);
  const { type } = resource;
  const fallbacks = fallbacksOf(type, name);
  const synonyms = brokerSynonyms(image, view, fallbacks);
  // A default of its own is a synonym among groups' configs only, as Kafka has it.
  if (type === configResourceTypes.group && fallbacks.length === 0 && config.default !== null) {
    synonyms.push({ name, value: config.default, source: configSources.default });
  }
  if (own !== undefined) {
    const set: SourcedValue = { name, value: own, source: ownSource[type]! };
    return { ...set, ...flagsOf(config), readOnly: false, synonyms: [set, ...synonyms] };
  }
  const inherited = inheritedConfig(image, view, type, name);
  return { ...inherited, ...flagsOf(config), readOnly: false, synonyms };
}

/**
 * What a config has when nothing is set for the resource itself: the first of its fallbacks with a value in any layer,
 * in the config's own unit, or its default.
 */
export function inheritedConfig(
  image: MetadataImage,
  view: ConfigView,
  type: ConfigResourceType,
  name: string,
): SourcedValue {
  for (const fallback of fallbacksOf(type, name)) {
    const first = valuesOf(image, view, [fallback])[0];
    if (first?.value != null) return { name, value: scaled(first.value, fallback), source: first.source };
  }
  return { name, value: configTables[type]?.[name]?.default ?? null, source: configSources.default };
}

/** One config of a broker, as it has it itself. */
export function effectiveBrokerConfig(image: MetadataImage, view: ConfigView, name: string): EffectiveConfig {
  const config = brokerTable[name];
  assert(config !== undefined, "no such config");
  const all = brokerSynonyms(image, view, synonymsOfBrokerConfig(name), name);
  const synonyms = config.onlyWhenSet ? all.filter(({ source }) => source !== configSources.default) : all;
  const first = synonyms[0] ?? { value: config.default, source: configSources.default };
  return { name, value: first.value, source: first.source, ...flagsOf(config), synonyms };
}

function flagsOf(config: KafkaConfig): Pick<EffectiveConfig, "config" | "readOnly" | "sensitive"> {
  return { config, readOnly: config.dynamic === undefined, sensitive: config.type === "password" };
}

/** Layers of a broker's configuration, the nearest first. */
function* layers(image: MetadataImage, view: ConfigView): Generator<[ConfigMap, SourcedValue["source"]]> {
  const type = configResourceTypes.broker;
  yield [image.configs({ type, name: String(view.brokerId) }), configSources.broker];
  yield [image.configs({ type, name: "" }), configSources.defaultBroker];
  yield [view.staticConfigs, configSources.staticBroker];
}

/**
 * All values that are set for the names, and their defaults: by layer, then by name. As Kafka lists them, from the first
 * one of `principal` on: with a retention in hours and none in milliseconds the list is empty, and with one in
 * milliseconds it has both.
 */
function brokerSynonyms(
  image: MetadataImage,
  view: ConfigView,
  names: readonly Fallback[],
  principal: string | undefined = names[0]?.name,
): SourcedValue[] {
  const all = valuesOf(image, view, names);
  const first = all.findIndex(({ name }) => name === principal);
  return first === -1 ? [] : all.slice(first);
}

function valuesOf(image: MetadataImage, view: ConfigView, names: readonly Fallback[]): SourcedValue[] {
  const synonyms: SourcedValue[] = [];
  for (const [configs, source] of layers(image, view)) {
    for (const { name } of names) {
      const value = configs.get(name);
      if (value !== undefined) synonyms.push({ name, value, source });
    }
  }
  for (const { name } of names) {
    const value = brokerTable[name]?.default;
    if (value != null) synonyms.push({ name, value, source: configSources.default });
  }
  return synonyms;
}

function scaled(value: string, { factor }: Fallback): string {
  if (factor === 1) return value;
  const number = parseConfigNumber("long", value);
  assert(number !== undefined, "a stored config is not the number that was checked");
  return number < 0 ? value : String(number * factor);
}
