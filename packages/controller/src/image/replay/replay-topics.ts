import type {
  PartitionChangeRecord,
  PartitionChangesRecord,
  PartitionsRecord,
  RemoveTopicRecord,
  TopicRecord,
} from "@millrace/proto/metadata";
import { assert } from "@millrace/runtime";
import { configResourceKey, configResourceTypes } from "../config-resource.ts";
import type { MetadataDraft } from "../metadata-draft.ts";
import type { Topic } from "../metadata-state.ts";
import type { PartitionChange } from "../partition-state.ts";
import { PartitionTable } from "../partition-table.ts";
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
  const { firstPartition, leaders } = record;
  assert(topic.partitions.count === firstPartition, "partitions do not follow those that exist");
  setPartitions(draft, topic, topic.partitions.pushColumns(record, draft.owner));
  draft.changes.partitionsChanged(topic.id, topic.name, firstPartition, leaders.length);
}

export function replayPartitionChange(draft: MetadataDraft, record: PartitionChangeRecord): void {
  const topic = topicOf(draft, record.topicId);
  const change: PartitionChange = {
    ...(record.leader !== undefined && { leader: record.leader }),
    ...(record.isr !== undefined && { isr: record.isr.brokerIds }),
    ...(record.replicas !== undefined && { replicas: record.replicas.brokerIds }),
    ...(record.elr !== undefined && { elr: record.elr.brokerIds }),
  };
  setPartitions(draft, topic, topic.partitions.change(record.partition, change, draft.owner));
  draft.changes.partitionsChanged(topic.id, topic.name, record.partition, 1);
}

export function replayPartitionChanges(draft: MetadataDraft, record: PartitionChangesRecord): void {
  const topic = topicOf(draft, record.topicId);
  setPartitions(draft, topic, topic.partitions.changeColumns(record, draft.owner));
  for (const partition of record.partitions) {
    draft.changes.partitionsChanged(topic.id, topic.name, partition, 1);
  }
}

function setPartitions(draft: MetadataDraft, topic: Topic, partitions: PartitionTable): void {
  draft.topics = draft.topics.set(topic.name, { ...topic, partitions }, draft.owner);
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
