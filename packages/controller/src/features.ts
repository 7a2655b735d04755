import { ApiError } from "@millrace/runtime";
import type { SupportedFeature } from "./image/metadata-state.ts";

/**
 * Feature levels that this version of Millrace serves, each finalized at its highest level in a new cluster.
 *
 * - `metadata.version` 30 is Kafka's 4.3-IV0: what admin tools may ask of the cluster.
 * - `millrace.metadata.version` says which of our own metadata records may be written. 2: the changes of a topic's
 *   partitions in one record (`PartitionChangesRecord`). 3: who asked for changes of the quorum.
 *
 * Kafka's other features stand at level 0 until what they promise is served, and are not listed: group.version,
 * share.version, streams.version, transaction.version, eligible.leader.replicas.version, kraft.version.
 */
export const supportedFeatures: readonly SupportedFeature[] = [
  { name: "metadata.version", levelMin: 30, levelMax: 30 },
  { name: "millrace.metadata.version", levelMin: 1, levelMax: 3 },
];

/**
 * Not a record of the metadata log, in Kafka neither: it says of raft that voters come and go while the cluster runs
 * (KIP-853). Here they always may, so it stands at its highest level everywhere.
 */
export const kraftVersion: SupportedFeature = { name: "kraft.version", levelMin: 0, levelMax: 1 };

/**
 * Throws UNSUPPORTED_VERSION for a finalized level outside of them: what was written under it may mean something else
 * than is understood here, so nothing that follows may be replayed.
 */
export function requireServedLevel(name: string, level: number, offset: number): void {
  const served = supportedFeatures.find((feature) => feature.name === name);
  if (served !== undefined && isServed(served, level)) return;
  throw new ApiError("UNSUPPORTED_VERSION", {
    detail:
      `the metadata log has feature ${name} at level ${level} (offset ${offset}), ` +
      `and this version of Millrace serves ${servedLevels(served)}: ` +
      `start the node with a version that serves level ${level}, such as the one that wrote the log`,
  });
}

export function isServed({ levelMin, levelMax }: SupportedFeature, level: number): boolean {
  return level >= levelMin && level <= levelMax;
}

function servedLevels(served: SupportedFeature | undefined): string {
  if (served === undefined) return "no feature of that name";
  const { levelMin, levelMax } = served;
  return levelMin === levelMax ? `level ${levelMin} only` : `levels ${levelMin} to ${levelMax}`;
}
