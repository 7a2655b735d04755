import { assert } from "@millrace/runtime";
import type { MetadataState } from "../image/metadata-state.ts";
import type { PartitionState } from "../image/partition-state.ts";
import { NO_LEADER } from "../image/partition-table.ts";
import { canCollide, collisionKey } from "../image/topic-name.ts";

/** What holds in every committed state. */
export function checkMetadata(state: MetadataState): void {
  assert(state.topics.size === state.topicNames.size, "topics by name and by id differ");
  for (const [name, topic] of state.topics) {
    assert(topic.name === name, "a topic under another's name");
    assert(state.topicNames.get(topic.id) === name, "a topic id of another name");
    if (canCollide(name)) {
      assert(state.collidingNames.get(collisionKey(name)) === name, "two topics collide");
    }
    assert(topic.partitions.count > 0, "a topic without partitions");
    for (let index = 0; index < topic.partitions.count; index++)
      checkPartition(state, topic.partitions.get(index));
  }
}

function checkPartition(
  state: MetadataState,
  { leader, replicas, isr, leaderEpoch, partitionEpoch }: PartitionState,
): void {
  assert(new Set(replicas).size === replicas.length, "a replica twice");
  assert(isr.length > 0, "nobody is in sync");
  assert(leaderEpoch <= partitionEpoch, "more leaders than changes");
  if (leader === NO_LEADER) {
    assert(
      !isr.some(
        (id) => state.brokers.get(id)?.fenced === false && !state.brokers.get(id)?.inControlledShutdown,
      ),
      "a partition without a leader that could have one",
    );
  } else {
    assert(isr.includes(leader), "the leader is not in sync");
    assert(state.brokers.get(leader)?.fenced === false, "a fenced broker leads");
  }
}
