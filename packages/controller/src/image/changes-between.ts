import { configResourceOfKey } from "./config-resource.ts";
import { ChangesBuilder, type MetadataChanges } from "./metadata-changes.ts";
import type { MetadataState, Topic } from "./metadata-state.ts";
import type { PartitionTable } from "./partition-table.ts";

/** What differs, for a state that replaced another as a whole. In slices: every partition is looked at. */
export function* changesBetween(
  before: MetadataState,
  after: MetadataState,
): Generator<void, MetadataChanges> {
  const changes = new ChangesBuilder();
  for (const [id, name] of before.topicNames) {
    if (!after.topicNames.has(id)) changes.topicDeleted(id, name);
    yield;
  }
  for (const topic of after.topics.values()) {
    const known = before.topicNames.has(topic.id) ? before.topics.get(topic.name) : undefined;
    compareTopic(changes, known, topic);
    yield;
  }
  for (const [id, broker] of after.brokers) {
    if (!sameValue(before.brokers.get(id), broker)) changes.brokers.add(id);
  }
  for (const id of before.brokers.keys()) if (!after.brokers.has(id)) changes.brokers.add(id);
  for (const key of new Set([...before.configs.keys(), ...after.configs.keys()])) {
    const [old, now] = [before.configs.get(key) ?? [], after.configs.get(key) ?? []];
    if (!sameValue([...old].sort(), [...now].sort())) changes.configChanged(configResourceOfKey(key));
    yield;
  }
  changes.features = !sameValue([...before.features].sort(), [...after.features].sort());
  return changes;
}

function compareTopic(changes: ChangesBuilder, before: Topic | undefined, after: Topic): void {
  if (before === undefined) {
    changes.topicCreated(after.id, after.name);
    changes.partitionsChanged(after.id, after.name, 0, after.partitions.count);
    return;
  }
  for (let partition = 0; partition < after.partitions.count; partition++) {
    if (samePartition(before.partitions, after.partitions, partition)) continue;
    changes.partitionsChanged(after.id, after.name, partition, 1);
  }
}

/** Within one topic id every change of a partition raises its epoch. */
function samePartition(before: PartitionTable, after: PartitionTable, partition: number): boolean {
  return partition < before.count && before.partitionEpoch(partition) === after.partitionEpoch(partition);
}

/** Plain data, small. */
function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
