import { type DecodedRecord, decodeBatches } from "@millrace/kafka-protocol";
import { ApiError } from "@millrace/runtime";
import { checkReadOptions } from "../arguments/check-read-options.ts";
import type { ClientRuntime } from "../client-runtime.ts";
import { errorAbout } from "../error-about.ts";
import type { CallOptions, Transport } from "../transport/transport.ts";
import { followPartition } from "./follow-partition.ts";
import type { ReadOptions, ReceivedBatch, ReceivedRecord, StartPosition } from "./read-options.ts";

const noHeaders = Object.freeze({});

/** Batches of one partition as they are pushed, control batches left out. */
export async function* readBatches(
  transport: Transport,
  runtime: ClientRuntime,
  options: ReadOptions,
  signal?: AbortSignal,
): AsyncGenerator<ReceivedBatch, void> {
  checkReadOptions(options, signal);
  const { topic, partition } = options;
  const call = signal === undefined ? {} : { signal };
  const start = await startOffset(transport, options, call);
  const end =
    options.until === "end" ? await listOffset(transport, options, "latest", call) : Number.POSITIVE_INFINITY;
  const position = { offset: start };
  if (start >= end) return;
  for await (const pushed of followPartition(transport, runtime, options, position, signal)) {
    for (const batch of decodeBatches(pushed.batches)) {
      const from = position.offset;
      position.offset = Math.max(from, Number(batch.lastOffset) + 1);
      if (batch.isControl) continue;
      // A push may begin before what was asked for, and go beyond the end.
      const wanted = batch.records.filter((record) => record.offset >= from && record.offset < end);
      const records = wanted.map((record) => receivedRecord(topic, partition, record));
      if (records.length > 0) yield { topic, partition, records, highWatermark: pushed.highWatermark };
    }
    if (position.offset >= end) return;
  }
}

async function startOffset(transport: Transport, options: ReadOptions, call: CallOptions): Promise<number> {
  const from: StartPosition = options.from ?? "earliest";
  if (typeof from === "object" && "offset" in from) return from.offset;
  const at = typeof from === "object" ? from.timestampMs : from;
  const offset = await listOffset(transport, options, at, call);
  // No record is that late: whatever comes next is.
  return offset === -1 ? await listOffset(transport, options, "latest", call) : offset;
}

async function listOffset(
  transport: Transport,
  { topic, partition }: ReadOptions,
  at: "earliest" | "latest" | number,
  call: CallOptions,
): Promise<number> {
  const [answer] = await transport.admin.listOffsets([{ topic, partition, at }], call);
  if (answer === undefined) throw new ApiError("UNKNOWN_SERVER_ERROR");
  if (answer instanceof ApiError) throw errorAbout(`${topic}-${partition}`, answer);
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
