// CreatePartitions, versions 0-3. KIP-195. Every topic of the request is in the answer: clients look theirs up.
import {
  type CreatePartitionsTopicResultInput,
  createPartitionsApi,
} from "@millrace/kafka-protocol/messages/create-partitions";
import { itemError, kafkaItemError } from "../core/admin/admin-item.ts";
import {
  createPartitions as createInCluster,
  type NamedResultInit,
} from "../core/admin/create-partitions.ts";
import { defineApi } from "./kafka-api.ts";
import { onceEach } from "./once-each.ts";

export const createPartitions = defineApi({
  api: createPartitionsApi,
  versions: { min: 0, max: 3 },
  async handle({ topics, validateOnly, timeoutMs }, context, broker) {
    const more = topics.map(({ name, count, assignments }) => ({
      name,
      partitions: Math.max(0, count), // no increase, whichever way it is none
      assigned: assignments !== null,
      assignments: (assignments ?? []).map(({ brokerIds }) => ({ brokerIds: [...brokerIds] })),
    }));
    const results = await createInCluster(broker, context, more, { validateOnly, timeoutMs });
    return { throttleTimeMs: 0, results: onceEach(results.map(result)) };
  },
  refuse: ({ topics }, error) => ({
    throttleTimeMs: 0,
    results: onceEach(topics.map(({ name }) => result({ name, error: itemError(error) }))),
  }),
});

function result({ name = "", error }: NamedResultInit): CreatePartitionsTopicResultInput {
  return { name, ...kafkaItemError(error) };
}
