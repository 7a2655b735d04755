import type { Image } from "@millrace/replicated-state";
import { type ConfigMap, type ConfigResource, configResourceKey } from "./config-resource.ts";
import {
  type BrokerRegistration,
  emptyMetadata,
  type MetadataState,
  type Topic,
  topicById,
} from "./metadata-state.ts";
import { NO_LEADER } from "./partition-table.ts";
import { lowerBound, sortedTopicNames } from "./sorted-topic-names.ts";
import type { Uuid } from "./uuid.ts";

const noConfigs: ConfigMap = new Map();

export interface FinalizedFeatures {
  /** Grows with the metadata: clients keep the levels of the highest epoch that they saw from any broker. */
  readonly epoch: number;
  readonly levels: ReadonlyMap<string, number>;
}

/** All metadata as of one offset of the log, with the questions a broker asks. Immutable; keep it as long as needed. */
export class MetadataImage {
  readonly clusterId: string;
  /** The last offset that is part of it, inclusive; -1 when empty. */
  readonly offset: number;
  /** Raft's term of that offset. */
  readonly epoch: number;
  readonly state: MetadataState;

  constructor(clusterId: string, { state, offset, epoch }: Image<MetadataState>) {
    this.clusterId = clusterId;
    this.offset = offset;
    this.epoch = epoch;
    this.state = state;
  }

  static empty(clusterId: string): MetadataImage {
    return new MetadataImage(clusterId, { state: emptyMetadata, offset: -1, epoch: 0 });
  }

  topic(name: string): Topic | undefined {
    return this.state.topics.get(name);
  }

  topicById(id: Uuid): Topic | undefined {
    return topicById(this.state, id);
  }

  /** In order, for answers that come in pages. */
  get topicNames(): readonly string[] {
    return sortedTopicNames(this.state);
  }

  /** Names from `cursor` on, itself included when it exists. */
  *topicNamesFrom(cursor: string): Generator<string> {
    const names = this.topicNames;
    for (let i = lowerBound(names, cursor); i < names.length; i++) yield names[i]!;
  }

  /** Registered, fenced or not. */
  broker(id: number): BrokerRegistration | undefined {
    return this.state.brokers.get(id);
  }

  isAlive(brokerId: number): boolean {
    return this.state.brokers.get(brokerId)?.fenced === false;
  }

  /** All that are registered, by id. */
  get brokers(): readonly BrokerRegistration[] {
    return [...this.state.brokers.values()].sort((a, b) => a.id - b.id);
  }

  /** Those that are not fenced, by id. */
  get aliveBrokers(): readonly BrokerRegistration[] {
    return this.brokers.filter((broker) => !broker.fenced);
  }

  /** Where clients of a listener reach an alive broker; undefined when they cannot. */
  endpoint(
    brokerId: number,
    listenerName: string,
  ): { readonly host: string; readonly port: number } | undefined {
    const broker = this.state.brokers.get(brokerId);
    if (broker === undefined || broker.fenced) return undefined;
    return broker.listeners.find(({ name }) => name === listenerName);
  }

  /** The leader if it is alive, else `NO_LEADER`. */
  aliveLeader(topic: Topic, partition: number): number {
    const leader = topic.partitions.leader(partition);
    return leader !== NO_LEADER && this.isAlive(leader) ? leader : NO_LEADER;
  }

  /** Replicas on brokers that are fenced or not registered. */
  offlineReplicas(topic: Topic, partition: number): readonly number[] {
    return topic.partitions.replicas(partition).filter((broker) => !this.isAlive(broker));
  }

  /** What was set dynamically for a resource; empty when nothing was. */
  configs(resource: ConfigResource): ConfigMap {
    return this.state.configs.get(configResourceKey(resource)) ?? noConfigs;
  }

  get finalizedFeatures(): FinalizedFeatures {
    return { epoch: this.offset, levels: new Map(this.state.features) };
  }
}
