import type {
  PartitionChangeRecord,
  PartitionsRecord,
  RemoveTopicRecord,
  TopicRecord,
} from "@millrace/proto/metadata";
import { assert } from "@millrace/runtime";
import { configResourceKey, configResourceTypes } from "../config-resource.ts";
import type { MetadataDraft } from "../metadata-draft.ts";
import type { Topic } from "../metadata-state.ts";
import { NO_LEADER, type PartitionState, PartitionTable } from "../partition-table.ts";
import { canCollide, collisionKey } from "../topic-name.ts";
import { uuidFromBytes } from "../uuid.ts";

export function replayTopic(draft: MetadataDraft, record: TopicRecord): void {
  const id = uuidFromBytes(record.topicId);
  assert(!draft.topics.has(record.name), "a topic of this name exists");
  assert(!draft.topicNames.has(id), "a topic of this id exists");
  draft.topics = draft.topics.set(
    record.name,
    { id, name: record.name, partitions: PartitionTable.empty },
    draft.owner,
  );
  draft.topicNames = draft.topicNames.set(id, record.name, draft.owner);
  if (canCollide(record.name)) {
    draft.collidingNames = draft.collidingNames.set(collisionKey(record.name), record.name, draft.owner);
  }
  draft.changes.topicCreated(id, record.name);
}

export function replayPartitions(draft: MetadataDraft, record: PartitionsRecord): void {
  const topic = topicOf(draft, record.topicId);
  const { owner, changes } = draft;
  let { partitions } = topic;
  assert(partitions.count === record.firstPartition, "partitions do not follow those that exist");
  const replicas = new Lists(record.replicas, record.replicaCounts);
  const isr = new Lists(record.isr, record.isrCounts);
  const elr = new Lists(record.elr, record.elrCounts);
  for (const [i, leader] of record.leaders.entries()) {
    const state: PartitionState = {
      leader,
      leaderEpoch: record.leaderEpochs[i] ?? 0,
      partitionEpoch: record.partitionEpochs[i] ?? 0,
      replicas: replicas.next(),
      isr: isr.next(),
      elr: elr.next(),
    };
    assertConsistent(state);
    partitions = partitions.push(state, owner);
    changes.partitionChanged(topic.id, topic.name, record.firstPartition + i);
  }
  draft.topics = draft.topics.set(topic.name, { ...topic, partitions }, owner);
}

export function replayPartitionChange(draft: MetadataDraft, record: PartitionChangeRecord): void {
  const topic = topicOf(draft, record.topicId);
  const before = topic.partitions.get(record.partition);
  const after: PartitionState = {
    leader: record.leader ?? before.leader,
    leaderEpoch: record.leader === undefined ? before.leaderEpoch : before.leaderEpoch + 1,
    partitionEpoch: before.partitionEpoch + 1,
    replicas: record.replicas?.brokerIds ?? before.replicas,
    isr: record.isr?.brokerIds ?? before.isr,
    elr: record.elr?.brokerIds ?? before.elr,
  };
  assertConsistent(after);
  const partitions = topic.partitions.set(record.partition, after, draft.owner);
  draft.topics = draft.topics.set(topic.name, { ...topic, partitions }, draft.owner);
  draft.changes.partitionChanged(topic.id, topic.name, record.partition);
}

export function replayRemoveTopic(draft: MetadataDraft, record: RemoveTopicRecord): void {
  const topic = topicOf(draft, record.topicId);
  const resource = { type: configResourceTypes.topic, name: topic.name };
  draft.topics = draft.topics.delete(topic.name, draft.owner);
  draft.topicNames = draft.topicNames.delete(topic.id, draft.owner);
  if (canCollide(topic.name)) {
    draft.collidingNames = draft.collidingNames.delete(collisionKey(topic.name), draft.owner);
  }
  if (draft.configs.has(configResourceKey(resource))) {
    draft.configs = draft.configs.delete(configResourceKey(resource), draft.owner);
    draft.changes.configChanged(resource);
  }
  draft.changes.topicDeleted(topic.id, topic.name);
}

function topicOf(draft: MetadataDraft, idBytes: Uint8Array): Topic {
  const name = draft.topicNames.get(uuidFromBytes(idBytes));
  const topic = name === undefined ? undefined : draft.topics.get(name);
  assert(topic !== undefined, "a record of a topic that does not exist");
  return topic;
}

function assertConsistent(state: PartitionState): void {
  assert(state.replicas.length > 0, "a partition without replicas");
  assert(state.leader === NO_LEADER || state.isr.includes(state.leader), "the leader is not in sync");
  assert(!state.elr.some((broker) => state.isr.includes(broker)), "a replica is in both ISR and ELR");
}

/** Lists of numbers that lie one after the other, beside their lengths. */
class Lists {
  readonly #items: readonly number[];
  readonly #counts: readonly number[];
  #list = 0;
  #item = 0;

  constructor(items: readonly number[], counts: readonly number[]) {
    this.#items = items;
    this.#counts = counts;
  }

  /** Empty when there are no more. */
  next(): number[] {
    const start = this.#item;
    this.#item += this.#counts[this.#list++] ?? 0;
    return this.#items.slice(start, this.#item);
  }
}
