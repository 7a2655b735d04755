import { describeQuorumApi } from "@millrace/kafka-protocol/messages/describe-quorum";
import type { KafkaConnection } from "../harness/index.ts";

/** Who votes, as a broker tells Kafka's clients; ascending. */
export async function voterIds(kafka: KafkaConnection): Promise<readonly number[]> {
  const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
  const { topics: described } = await kafka.call(describeQuorumApi, 2, { topics });
  const ids = described[0]?.partitions[0]?.currentVoters.map(({ replicaId }) => replicaId) ?? [];
  return ids.toSorted((a, b) => a - b);
}
