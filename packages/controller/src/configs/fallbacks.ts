import { type ConfigResourceType, configResourceTypes } from "../image/config-resource.ts";
import type { KafkaConfigTable } from "./kafka-config.ts";
import { brokerConfigs } from "./tables/broker-configs.ts";
import { type TopicSynonym, topicSynonyms } from "./tables/topic-synonyms.ts";

/** A broker config that another config falls back to. */
export type Fallback = TopicSynonym;

const none: readonly Fallback[] = [];
const brokerTable: KafkaConfigTable = brokerConfigs;

/** The broker configs that give a config its value while it is not set, most precise first. */
export function fallbacksOf(type: ConfigResourceType, name: string): readonly Fallback[] {
  if (type === configResourceTypes.topic) return topicSynonyms[name] ?? none;
  if (type === configResourceTypes.group && `group.${name}` in brokerTable) {
    return [{ name: `group.${name}`, factor: 1 }];
  }
  return none;
}

/** Broker configs that say the same in several units, as topic configs list them. */
const chains: ReadonlyMap<string, readonly Fallback[]> = new Map(
  Object.values(topicSynonyms).flatMap((chain) => chain.map(({ name }) => [name, chain])),
);

/** What a broker config is one of: itself, and those that say the same in other units, most precise first. */
export function synonymsOfBrokerConfig(name: string): readonly Fallback[] {
  return chains.get(name) ?? [{ name, factor: 1 }];
}
