import type { SupportedFeature } from "./image/metadata-state.ts";

/**
 * Feature levels that this version of Millrace serves, each finalized at its highest level in a new cluster.
 *
 * - `metadata.version` 30 is Kafka's 4.3-IV0: what admin tools may ask of the cluster.
 * - `millrace.metadata.version` says which of our own metadata records may be written.
 *
 * Kafka's other features stand at level 0 until what they promise is served, and are not listed: group.version,
 * share.version, streams.version, transaction.version, eligible.leader.replicas.version, kraft.version.
 */
export const supportedFeatures: readonly SupportedFeature[] = [
  { name: "metadata.version", levelMin: 30, levelMax: 30 },
  { name: "millrace.metadata.version", levelMin: 1, levelMax: 1 },
];
