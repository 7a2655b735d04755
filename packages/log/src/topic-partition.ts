export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition as it is named in directories, messages and logs: `orders-0`. */
export function topicPartitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
