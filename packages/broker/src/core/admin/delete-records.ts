import { offset } from "@millrace/log";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { ledPartition } from "../led-partition.ts";
import { isInternalTopic } from "../topic-names.ts";

/** Up to the high watermark, wherever that is. */
const HIGH_WATERMARK = -1;

/**
 * Moves the start of a partition up to `before`; -1: up to the high watermark. Resolves with where it starts now. Rejects
 * with the `ApiError` that is the partition's answer.
 */
export async function deleteRecords(
  { metadata, replicas, authorizer }: Broker,
  context: RequestContext,
  { topic, partition: index }: { readonly topic: string; readonly partition: number },
  before: number,
): Promise<number> {
  if (!authorizer.isAllowed(context, "DELETE", "topic", topic)) {
    throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
  }
  const { log, settings } = ledPartition(metadata.image, replicas, topic, index);
  if (isInternalTopic(topic)) {
    throw new ApiError("INVALID_TOPIC_EXCEPTION", {
      detail: `Cannot delete records of internal topic ${topic}`,
    });
  }
  const { cleanupPolicy } = settings.log;
  if (cleanupPolicy.compact && !cleanupPolicy.delete) {
    throw new ApiError("POLICY_VIOLATION", {
      detail: `Records of partition ${topic}-${index} can not be deleted as its cleanup policy does not contain delete`,
    });
  }
  const to = before === HIGH_WATERMARK ? log.highWatermark : before;
  if (to < 0) throw new ApiError("OFFSET_OUT_OF_RANGE");
  await log.deleteRecordsBefore(offset(to));
  return log.logStartOffset;
}
