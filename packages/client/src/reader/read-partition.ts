import { type DecodedRecord, decodeBatches } from "@millrace/kafka-protocol";
import { ApiError } from "@millrace/runtime";
import type { Transport } from "../transport/transport.ts";
import type { ReadOptions, ReceivedBatch, ReceivedRecord, StartPosition } from "./read-options.ts";

const BYTES_AHEAD_DEFAULT = 4 * 1024 * 1024;
const noHeaders = Object.freeze({});

/** Batches of one partition as they are pushed, control batches left out. */
export async function* readBatches(
  transport: Transport,
  options: ReadOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReceivedBatch, void> {
  const { topic, partition } = options;
  const start = await startOffset(transport, options);
  const end = options.until === "end" ? await endOffset(transport, options) : Number.POSITIVE_INFINITY;
  if (start >= end) return;
  const pushed = transport.fetch({
    topic,
    partition,
    offset: start,
    readCommitted: options.readCommitted ?? false,
    bytesAhead: options.bytesAhead ?? BYTES_AHEAD_DEFAULT,
    ...(signal !== undefined && { signal }),
  });
  for await (const { batches, highWatermark } of pushed) {
    let lastOffset = -1;
    for (const batch of decodeBatches(batches)) {
      lastOffset = Number(batch.lastOffset);
      if (batch.isControl) continue;
      // The first batch may begin before the offset asked for, the last one may go beyond the end.
      const wanted = batch.records.filter((record) => record.offset >= start && record.offset < end);
      const records = wanted.map((record) => receivedRecord(topic, partition, record));
      if (records.length > 0) yield { topic, partition, records, highWatermark };
    }
    if (lastOffset + 1 >= end) return;
  }
}

async function startOffset(transport: Transport, options: ReadOptions): Promise<number> {
  const from: StartPosition = options.from ?? "earliest";
  if (typeof from === "object" && "offset" in from) return from.offset;
  const at = typeof from === "object" ? from.timestampMs : from;
  const offset = await listOffset(transport, options, at);
  // No record is that late: whatever comes next is.
  return offset === -1 ? await listOffset(transport, options, "latest") : offset;
}

const endOffset = (transport: Transport, options: ReadOptions): Promise<number> =>
  listOffset(transport, options, "latest");

async function listOffset(
  transport: Transport,
  { topic, partition }: ReadOptions,
  at: "earliest" | "latest" | number,
): Promise<number> {
  const [answer] = await transport.admin.listOffsets([{ topic, partition, at }]);
  if (answer === undefined) throw new ApiError("UNKNOWN_SERVER_ERROR");
  if (answer instanceof ApiError) throw answer;
  return answer.offset;
}

function receivedRecord(topic: string, partition: number, record: DecodedRecord): ReceivedRecord {
  const { offset, timestamp, key, value, headers } = record;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key,
    value,
    headers: headers.length === 0 ? noHeaders : Object.fromEntries(headers.map((h) => [h.key, h.value])),
  };
}
