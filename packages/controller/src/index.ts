export { checkConfigValue, parseConfigList } from "./configs/check-config-value.ts";
export { type ConfigSource, configSources, type SourcedValue } from "./configs/config-source.ts";
export {
  type BrokerConfig,
  brokerConfigValue,
  type GroupConfig,
  groupConfigOf,
  type TopicConfig,
  topicConfigOf,
} from "./configs/config-values.ts";
export {
  type ConfigView,
  configTables,
  type EffectiveConfig,
  effectiveBrokerConfig,
  effectiveConfig,
} from "./configs/effective-configs.ts";
export type { KafkaConfig, KafkaConfigTable, KafkaConfigType } from "./configs/kafka-config.ts";
export { brokerConfigs } from "./configs/tables/broker-configs.ts";
export { clientMetricsConfigs } from "./configs/tables/client-metrics-configs.ts";
export { groupConfigs } from "./configs/tables/group-configs.ts";
export { topicConfigs } from "./configs/tables/topic-configs.ts";
export {
  type ConfigMap,
  type ConfigResource,
  type ConfigResourceType,
  configResourceKey,
  configResourceTypes,
  isConfigResourceType,
} from "./image/config-resource.ts";
export type { MetadataChanges, TopicChange } from "./image/metadata-changes.ts";
export { type FinalizedFeatures, MetadataImage } from "./image/metadata-image.ts";
export type {
  BrokerListener,
  BrokerRegistration,
  MetadataState,
  SupportedFeature,
  Topic,
} from "./image/metadata-state.ts";
export {
  NO_LEADER,
  type PartitionState,
  PartitionTable,
  REPLICAS_PER_PARTITION_MAX,
} from "./image/partition-table.ts";
export { type Uuid, uuidFromBytes, uuidFromPeer, uuidFromText, uuidToBytes } from "./image/uuid.ts";
