import type { PartitionProduceResponseInput } from "@millrace/kafka-protocol/messages/produce";
import type { ApiError } from "@millrace/runtime";
import { RecordsRefused } from "../core/inspect-records.ts";
import type { Leadership } from "../core/partition.ts";

const LEADER_HINTS_SINCE = 10;

interface Produced {
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

export function producedPartition(
  index: number,
  { baseOffset, logAppendTimeMs, logStartOffset }: Produced,
): PartitionProduceResponseInput {
  return { index, errorCode: 0, baseOffset, logAppendTimeMs, logStartOffset };
}

/** `leadership`: who leads now, for clients that can use the hint instead of asking for metadata (KIP-951). */
export function failedPartition(
  index: number,
  failure: ApiError,
  apiVersion: number,
  leadership?: Leadership,
): PartitionProduceResponseInput {
  const moved = failure.id === "NOT_LEADER_OR_FOLLOWER" || failure.id === "FENCED_LEADER_EPOCH";
  return {
    index,
    errorCode: failure.code,
    baseOffset: -1,
    errorMessage: failure.detail,
    ...(failure instanceof RecordsRefused && {
      recordErrors: failure.recordErrors.map(({ batchIndex, message }) => ({
        batchIndex,
        batchIndexErrorMessage: message,
      })),
    }),
    ...(moved &&
      leadership !== undefined &&
      apiVersion >= LEADER_HINTS_SINCE && {
        currentLeader: { leaderId: leadership.leader, leaderEpoch: leadership.leaderEpoch },
      }),
  };
}
