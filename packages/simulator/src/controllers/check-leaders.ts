import { type MetadataState, NO_LEADER, type Topic } from "@millrace/controller";

/**
 * What is wrong with the leaders after a decision. A fenced broker leads nothing, since one decision fences it and moves
 * its leaderships (as long as no broker leads more than fit into one); epochs never fall, and a new leader has a new one.
 */
export function* checkLeaders(before: MetadataState, after: MetadataState): Generator<string> {
  for (const broker of after.brokers.values()) {
    const { epoch = -1, incarnationId } = before.brokers.get(broker.id) ?? {};
    const isSame = incarnationId === undefined || incarnationId === broker.incarnationId;
    if (broker.epoch < epoch) yield `the epoch of broker ${broker.id} fell`;
    if (broker.epoch === epoch && !isSame) yield `another broker ${broker.id} has the same epoch`;
  }
  const isSettled = before.brokers === after.brokers;
  for (const topic of after.topics.values()) {
    const earlier = before.topics.get(topic.name);
    if (isSettled && earlier === topic) continue;
    yield* checkTopic(after, topic, earlier?.id === topic.id ? earlier : undefined);
  }
}

function* checkTopic(
  { brokers }: MetadataState,
  { name, partitions }: Topic,
  earlier: Topic | undefined,
): Generator<string> {
  if (earlier !== undefined && earlier.partitions.count > partitions.count) yield `${name} lost partitions`;
  for (let index = 0; index < partitions.count; index += 1) {
    const leader = partitions.leader(index);
    const leads = `broker ${leader} leads ${name}-${index}`;
    const broker = brokers.get(leader);
    if (leader !== NO_LEADER && broker === undefined) yield `${leads} and is not registered`;
    if (broker?.fenced) yield `${leads} and is fenced`;
    if (earlier === undefined || index >= earlier.partitions.count) continue;
    const was = earlier.partitions;
    const rise = partitions.leaderEpoch(index) - was.leaderEpoch(index);
    if (rise < 0) yield `the leader epoch of ${name}-${index} fell`;
    if (rise === 0 && leader !== was.leader(index)) yield `${leads} in the epoch of ${was.leader(index)}`;
    if (partitions.partitionEpoch(index) < was.partitionEpoch(index)) {
      yield `the partition epoch of ${name}-${index} fell`;
    }
  }
}
