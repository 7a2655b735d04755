// DeleteRecords, versions 0-2. KIP-107.
import {
  type DeleteRecordsPartitionResultInput,
  type DeleteRecordsRequest,
  type DeleteRecordsResponseInput,
  deleteRecordsApi,
} from "@millrace/kafka-protocol/messages/delete-records";
import { settleItem } from "../core/admin/admin-item.ts";
import { deleteRecords as deleteBefore } from "../core/admin/delete-records.ts";
import { eachBounded } from "../core/admin/each-bounded.ts";
import { clamped } from "./int64.ts";
import { defineApi } from "./kafka-api.ts";

export const deleteRecords = defineApi({
  api: deleteRecordsApi,
  versions: { min: 0, max: 2 },
  async handle({ topics }, context, broker) {
    const asked = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => ({ topic: name, partition: partitionIndex, offset })),
    );
    const answers = await eachBounded(asked, ({ offset, ...place }) =>
      settleItem<DeleteRecordsPartitionResultInput>(
        async () => {
          const lowWatermark = await deleteBefore(broker, context, place, clamped(offset));
          return { partitionIndex: place.partition, lowWatermark, errorCode: 0 };
        },
        ({ code }) => ({ partitionIndex: place.partition, lowWatermark: -1, errorCode: code }),
      ),
    );
    let next = 0;
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(() => answers[next++]!),
      })),
    };
  },
  refuse: refusal,
});

function refusal(
  { topics }: DeleteRecordsRequest,
  { code }: { readonly code: number },
): DeleteRecordsResponseInput {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        lowWatermark: -1,
        errorCode: code,
      })),
    })),
  };
}
