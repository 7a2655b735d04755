export {
  type BrokerIdentity,
  BrokerSession,
  type BrokerSessionOptions,
} from "./broker-session/broker-session.ts";
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
export type { SessionTiming } from "./controller/broker-sessions.ts";
export type { Connect } from "./controller/connect.ts";
export { Controller, type ControllerOptions } from "./controller/controller.ts";
export { controllerMetrics } from "./controller/controller-metrics.ts";
export type { ControllerQuorum } from "./controller/controller-quorum.ts";
export { checkPlaceInQuorum, type PlaceInQuorum } from "./controller/place-in-quorum.ts";
export { QuorumRegistration } from "./controller/quorum-registration.ts";
export { raftQuorum } from "./controller/raft-quorum.ts";
export type { RecentCommitsLimits } from "./controller/recent-commits.ts";
export { type ServedController, serveController } from "./controller/serve-controller.ts";
export {
  DATA_FORMAT_VERSION,
  type DataDirectory,
  type DataDirectoryOptions,
  openDataDirectory,
} from "./data-directory/data-directory.ts";
export { DataDirectoryError, type DataDirectoryErrorCode } from "./data-directory/data-directory-error.ts";
export { readClusterId } from "./data-directory/read-cluster-id.ts";
export { PRODUCER_ID_BLOCK_SIZE } from "./decisions/allocate-producer-ids.ts";
export type { TopicDefaults } from "./decisions/create-topics.ts";
export { PARTITIONS_PER_REQUEST_MAX } from "./decisions/metadata-decision.ts";
export { kraftVersion, supportedFeatures } from "./features.ts";
export {
  type ConfigMap,
  type ConfigResource,
  type ConfigResourceType,
  configResourceKey,
  configResourceTypes,
  isConfigResourceType,
} from "./image/config-resource.ts";
export type { MetadataChanges, TopicChange } from "./image/metadata-changes.ts";
export { metadataCodec, metadataDefinition } from "./image/metadata-definition.ts";
export { type FinalizedFeatures, MetadataImage } from "./image/metadata-image.ts";
export type {
  BrokerListener,
  BrokerRegistration,
  MetadataState,
  SupportedFeature,
  Topic,
} from "./image/metadata-state.ts";
export type { PartitionState } from "./image/partition-state.ts";
export {
  NO_LEADER,
  PartitionTable,
  REPLICAS_PER_PARTITION_MAX,
} from "./image/partition-table.ts";
export { invalidTopicName, TOPIC_NAME_LENGTH_MAX } from "./image/topic-name.ts";
export {
  randomUuid,
  type Uuid,
  uuidFromBytes,
  uuidFromPeer,
  uuidFromText,
  uuidToBytes,
} from "./image/uuid.ts";
export { type AuditLine, auditLines, formatAuditLine } from "./metadata-log/audit-lines.ts";
export { imagesAt, type LoggedImage } from "./metadata-log/images-at.ts";
export {
  formatDifference,
  formatFact,
  type MetadataDifference,
  metadataDiff,
} from "./metadata-log/metadata-diff.ts";
export { type MetadataFact, metadataFacts } from "./metadata-log/metadata-facts.ts";
export { type LoggedEntry, type LoggedSnapshot, metadataLog } from "./metadata-log/metadata-log.ts";
export {
  type MetadataListener,
  MetadataObserver,
  type MetadataObserverOptions,
} from "./observer/metadata-observer.ts";
export { controllerClient } from "./quorum-channel/controller-client.ts";
export type { ControllerAddress } from "./quorum-channel/controller-targets.ts";
export { QuorumChannel, type QuorumChannelOptions } from "./quorum-channel/quorum-channel.ts";
