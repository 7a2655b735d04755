import {
  type ConfigView,
  configResourceTypes,
  type MetadataChanges,
  type MetadataImage,
  type Topic,
  type TopicChange,
  topicConfigOf,
  uuidFromBytes,
  uuidToBytes,
} from "@millrace/controller";
import { leaderEpoch, type PartitionLogs, topicPartitionName } from "@millrace/log";
import { ApiError, type Logger, toApiError } from "@millrace/runtime";
import { Partition } from "./partition.ts";
import { type TopicSettings, topicSettings } from "./topic-settings.ts";

/** Partitions that are brought in line at a time: what their new logs have to sync goes to the disk together. */
const CONCURRENCY = 16;

export interface ReplicaManagerOptions {
  readonly configView: ConfigView;
  readonly logs: PartitionLogs;
  readonly logger: Logger;
}

/** The partitions of which this broker has a replica, kept as the metadata says. */
export class ReplicaManager {
  readonly #brokerId: number;
  readonly #options: ReplicaManagerOptions;
  /** By topic name, then by partition number. */
  readonly #topics = new Map<string, Map<number, Partition>>();
  /** Names of partitions whose log could not be opened or created. */
  readonly #offline = new Set<string>();

  constructor(options: ReplicaManagerOptions) {
    this.#options = options;
    this.#brokerId = options.configView.brokerId;
  }

  /** Undefined when this broker has no replica of it. */
  get(topic: string, partition: number): Partition | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** This broker has a replica of it, and its disk failed before there was a log to ask. */
  isOffline(topic: string, partition: number): boolean {
    return this.#offline.has(topicPartitionName({ topic, partition }));
  }

  get offlineCount(): number {
    let count = this.#offline.size;
    for (const { log } of this.all()) if (log.failure !== undefined) count++;
    return count;
  }

  *all(): Generator<Partition> {
    for (const partitions of this.#topics.values()) yield* partitions.values();
  }

  /** Brings everything in line with the first image. Logs that it does not ask for stay as they are (`stray-logs.ts`). */
  async start(image: MetadataImage): Promise<void> {
    await this.#followEach(image, everyPartition(image));
  }

  /** Follows one step of the metadata. One call at a time, in order. */
  async apply(image: MetadataImage, changes: MetadataChanges): Promise<void> {
    for (const change of changes.topics.values()) {
      if (change.deleted) await this.#deleteTopic(change);
    }
    await this.#followEach(image, changedPartitions(image, changes));
    this.#reconfigure(image, changes);
  }

  /** A few at a time: whoever waits for a step with many new logs waits hardly longer than for one. */
  async #followEach(image: MetadataImage, partitions: Iterable<TopicAndPartition>): Promise<void> {
    const rest = partitions[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (let next = rest.next(); !next.done; next = rest.next()) await this.#follow(image, ...next.value);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  /** Never rejects. */
  async #follow(image: MetadataImage, topic: Topic, index: number): Promise<void> {
    const { partitions } = topic;
    if (!partitions.hasReplica(index, this.#brokerId)) return;
    const name = topicPartitionName({ topic: topic.name, partition: index });
    try {
      const partition = this.get(topic.name, index) ?? (await this.#open(image, topic, index));
      partition.lead({
        leader: partitions.leader(index),
        leaderEpoch: leaderEpoch(partitions.leaderEpoch(index)),
        replicaCount: partitions.replicas(index).length,
        isrCount: partitions.isr(index).length,
      });
      this.#offline.delete(name);
    } catch (error) {
      this.#offline.add(name);
      // The others go on; this one answers KAFKA_STORAGE_ERROR until it is followed again.
      const { id } = toApiError(error);
      this.#options.logger.error(
        { err: error, topic: topic.name, partition: index, id },
        "partition is offline",
      );
    }
  }

  async #open(image: MetadataImage, topic: Topic, index: number): Promise<Partition> {
    const { logs } = this.#options;
    const settings = this.#settingsOf(image, topic.name);
    const log =
      logs.get(topic.name, index) ??
      (await logs.create({
        topic: topic.name,
        partition: index,
        topicId: uuidToBytes(topic.id),
        config: settings.log,
      }));
    if (uuidFromBytes(log.topicId) !== topic.id) throw new ApiError("INCONSISTENT_TOPIC_ID");
    const partition = new Partition(this.#brokerId, topic.id, log, settings);
    partition.configure(settings);
    let ofTopic = this.#topics.get(topic.name);
    if (ofTopic === undefined) {
      ofTopic = new Map();
      this.#topics.set(topic.name, ofTopic);
    }
    ofTopic.set(index, partition);
    return partition;
  }

  async #deleteTopic({ name, id }: TopicChange): Promise<void> {
    for (const partition of this.#topics.get(name)?.values() ?? []) {
      if (partition.topicId !== id) continue;
      partition.close();
      this.#topics.get(name)!.delete(partition.partition);
      await this.#deleteLog(name, partition.partition);
    }
    if (this.#topics.get(name)?.size === 0) this.#topics.delete(name);
  }

  async #deleteLog(topic: string, partition: number): Promise<void> {
    this.#offline.delete(topicPartitionName({ topic, partition }));
    try {
      await this.#options.logs.delete(topic, partition);
    } catch (error) {
      this.#options.logger.error(
        { err: error, topic, partition },
        "a deleted partition's files could not be removed",
      );
    }
  }

  /** A topic's configs may fall back to the broker's, so a change of those concerns every topic. */
  #reconfigure(image: MetadataImage, changes: MetadataChanges): void {
    const changed = [...changes.configs.values()];
    const names = changed.some(({ type }) => type === configResourceTypes.broker)
      ? this.#topics.keys()
      : changed.filter(({ type }) => type === configResourceTypes.topic).map(({ name }) => name);
    for (const name of names) {
      const partitions = this.#topics.get(name);
      if (partitions === undefined) continue;
      const settings = this.#settingsOf(image, name);
      for (const partition of partitions.values()) partition.configure(settings);
    }
  }

  #settingsOf(image: MetadataImage, topic: string): TopicSettings {
    return topicSettings(topicConfigOf(image, this.#options.configView, topic));
  }
}

type TopicAndPartition = readonly [Topic, number];

function* everyPartition({ state }: MetadataImage): Generator<TopicAndPartition> {
  for (const topic of state.topics.values()) {
    for (let partition = 0; partition < topic.partitions.count; partition++) yield [topic, partition];
  }
}

function* changedPartitions(image: MetadataImage, { topics }: MetadataChanges): Generator<TopicAndPartition> {
  for (const { id, partitions } of topics.values()) {
    const topic = image.topicById(id);
    if (topic === undefined) continue;
    for (const partition of partitions) yield [topic, partition];
  }
}
