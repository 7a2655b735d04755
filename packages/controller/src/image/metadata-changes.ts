import { type ConfigResource, configResourceKey } from "./config-resource.ts";
import { PartitionBits, type PartitionSet } from "./partition-set.ts";
import type { Uuid } from "./uuid.ts";

/** What happened to one topic. A topic deleted and created anew under its name is two: their ids differ. */
export interface TopicChange {
  readonly id: Uuid;
  readonly name: string;
  readonly created: boolean;
  readonly deleted: boolean;
  /** Partitions that came or changed; empty when the topic was deleted. */
  readonly partitions: PartitionSet;
}

/** What one step from an image to the next touched, so that nobody has to look through all of it. */
export interface MetadataChanges {
  readonly topics: ReadonlyMap<Uuid, TopicChange>;
  /** Ids of brokers that registered, changed or went. */
  readonly brokers: ReadonlySet<number>;
  /** By `configResourceKey`. */
  readonly configs: ReadonlyMap<string, ConfigResource>;
  readonly features: boolean;
}

interface MutableTopicChange extends TopicChange {
  created: boolean;
  deleted: boolean;
  readonly partitions: PartitionBits;
}

/** Gathers changes while records are replayed. */
export class ChangesBuilder implements MetadataChanges {
  readonly topics = new Map<Uuid, MutableTopicChange>();
  readonly brokers = new Set<number>();
  readonly configs = new Map<string, ConfigResource>();
  features = false;

  topicCreated(id: Uuid, name: string): void {
    this.#topic(id, name).created = true;
  }

  /** What was created and deleted in one step never was. */
  topicDeleted(id: Uuid, name: string): void {
    const change = this.#topic(id, name);
    change.partitions.clear();
    if (change.created) this.topics.delete(id);
    else change.deleted = true;
  }

  /** `count` of them, from `first` on. */
  partitionsChanged(id: Uuid, name: string, first: number, count: number): void {
    this.#topic(id, name).partitions.add(first, count);
  }

  configChanged(resource: ConfigResource): void {
    this.configs.set(configResourceKey(resource), resource);
  }

  #topic(id: Uuid, name: string): MutableTopicChange {
    let change = this.topics.get(id);
    if (change === undefined) {
      change = { id, name, created: false, deleted: false, partitions: new PartitionBits() };
      this.topics.set(id, change);
    }
    return change;
  }
}
