import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { batchOf, type TestBatch } from "./batches.ts";
import type { TestClient } from "./test-client.ts";

/** Produces one batch with acks=all, and returns its base offset. */
export async function produceTo(
  client: TestClient,
  topic: string,
  partition: number,
  batch: TestBatch,
): Promise<number> {
  const { responses } = await client.call(produceApi, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: batchOf(batch) }] }],
  });
  const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
  if (errorCode !== 0) throw new Error(`not produced: ${errorCode}`);
  return Number(baseOffset);
}
