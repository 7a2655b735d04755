import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BrokerService, FetchRequestSchema, FetchResponse } from "@millrace/proto/broker";
import { Pipe, type ServiceClient } from "@millrace/runtime";
import type { FetchedBatches, FetchFrom } from "../transport/transport.ts";
import { itemError } from "./item-error.ts";

const HANDLE = 0;

/**
 * One partition on one stream. The broker pushes within credit; credit is given back as the reader takes batches, so
 * a slow reader holds at most `bytesAhead` (and one batch) and the broker holds nothing for it.
 */
export async function* fetchOverGrpc(
  client: ServiceClient<typeof BrokerService>,
  from: FetchFrom,
): AsyncGenerator<FetchedBatches, void> {
  const requests = new Pipe<MessageInitShape<typeof FetchRequestSchema>>({ itemsMax: 16 });
  const { topic, partition, readCommitted } = from;
  await requests.push({
    start: [{ handle: HANDLE, topic, partition, offset: BigInt(from.offset), readCommitted }],
    creditBytes: BigInt(from.bytesAhead),
  });
  let highWatermark = -1;
  try {
    const options = from.signal === undefined ? {} : { signal: from.signal };
    for await (const response of client.fetch(requests, options)) {
      highWatermark = readNews(response, highWatermark);
      if (response.batches.length === 0) continue;
      yield { batches: asBuffer(response.batches), highWatermark };
      await requests.push({ creditBytes: BigInt(response.batches.length) });
    }
  } finally {
    requests.end();
  }
}

function readNews(response: FetchResponse, highWatermark: number): number {
  let latest = highWatermark;
  for (const news of response.news) {
    const error = itemError(news.error);
    if (error !== undefined) throw error;
    if (news.highWatermark !== undefined) latest = Number(news.highWatermark);
  }
  return latest;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
