// DeleteRecords, versions 0-2. KIP-107.
import {
  type DeleteRecordsPartitionResultInput,
  type DeleteRecordsRequest,
  type DeleteRecordsResponseInput,
  deleteRecordsApi,
} from "@millrace/kafka-protocol/messages/delete-records";
import { settleItem } from "../core/admin/admin-item.ts";
import { deleteRecords as deleteBefore } from "../core/admin/delete-records.ts";
import { clamped } from "./int64.ts";
import { defineApi } from "./kafka-api.ts";

export const deleteRecords = defineApi({
  api: deleteRecordsApi,
  versions: { min: 0, max: 2 },
  async handle({ topics }, context, broker) {
    const results = topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(({ partitionIndex, offset }) =>
          settleItem<DeleteRecordsPartitionResultInput>(
            async () => {
              const place = { topic: name, partition: partitionIndex };
              const lowWatermark = await deleteBefore(broker, context, place, clamped(offset));
              return { partitionIndex, lowWatermark, errorCode: 0 };
            },
            ({ code }) => ({ partitionIndex, lowWatermark: -1, errorCode: code }),
          ),
        ),
      ),
    }));
    return { throttleTimeMs: 0, topics: await Promise.all(results) };
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
