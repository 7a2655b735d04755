import { PersistentMap } from "@millrace/replicated-state";
import type { ConfigMap } from "./config-resource.ts";
import type { PartitionTable } from "./partition-table.ts";
import type { Uuid } from "./uuid.ts";

export interface BrokerListener {
  readonly name: string;
  readonly securityProtocol: string;
  readonly host: string;
  readonly port: number;
}

export interface SupportedFeature {
  readonly name: string;
  readonly levelMin: number;
  readonly levelMax: number;
}

/** A broker as it last registered. */
export interface BrokerRegistration {
  readonly id: number;
  /** The offset of its registration in the metadata log: grows with every new incarnation. */
  readonly epoch: number;
  /** Of its data directory, made when that was formatted. */
  readonly directoryId: Uuid;
  /** Of its process, made anew at every start. */
  readonly incarnationId: Uuid;
  readonly listeners: readonly BrokerListener[];
  readonly grpcHost: string;
  readonly grpcPort: number;
  readonly rack: string | undefined;
  readonly supportedFeatures: readonly SupportedFeature[];
  /** A fenced broker leads nothing and is not shown to clients. */
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
}

export interface Topic {
  readonly id: Uuid;
  readonly name: string;
  readonly partitions: PartitionTable;
}

/** All metadata of a cluster. Immutable; successive states share what did not change. */
export interface MetadataState {
  /** Finalized feature levels, 1 or more; a feature at level 0 is not in it. */
  readonly features: PersistentMap<string, number>;
  readonly brokers: PersistentMap<number, BrokerRegistration>;
  /** By name. */
  readonly topics: PersistentMap<string, Topic>;
  /** Names by topic id. Changes only when topics come or go. */
  readonly topicNames: PersistentMap<Uuid, string>;
  /**
   * Names of topics with a "." or "_" in them, by the name with every "." as "_": two that agree in that would collide
   * in the names of metrics.
   */
  readonly collidingNames: PersistentMap<string, string>;
  /** By `configResourceKey`; a resource without configs is not in it. */
  readonly configs: PersistentMap<string, ConfigMap>;
  /** The first producer id that was not given out. */
  readonly nextProducerId: number;
}

export const emptyMetadata: MetadataState = {
  features: PersistentMap.empty(),
  brokers: PersistentMap.empty(),
  topics: PersistentMap.empty(),
  topicNames: PersistentMap.empty(),
  collidingNames: PersistentMap.empty(),
  configs: PersistentMap.empty(),
  nextProducerId: 0,
};

export function topicById(state: MetadataState, id: Uuid): Topic | undefined {
  const name = state.topicNames.get(id);
  return name === undefined ? undefined : state.topics.get(name);
}
