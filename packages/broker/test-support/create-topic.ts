import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import type { TestClient } from "./test-client.ts";

export interface CreateTopicOptions {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Creates a topic as an admin does, and returns its id. */
export async function createTopic(
  client: TestClient,
  name: string,
  { partitions = 1, configs = {} }: CreateTopicOptions = {},
): Promise<string> {
  const { topics } = await client.call(createTopicsApi, 7, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    validateOnly: false,
  });
  const { errorCode, errorMessage, topicId } = topics[0]!;
  if (errorCode !== 0) throw new Error(`topic ${name} was not created: ${errorCode} ${errorMessage}`);
  return topicId;
}
