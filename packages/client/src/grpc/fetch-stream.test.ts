import { create } from "@bufbuild/protobuf";
import {
  type BrokerService,
  type FetchRequest,
  FetchRequestSchema,
  type FetchResponse,
  FetchResponseSchema,
} from "@millrace/proto/broker";
import type { ServiceClient } from "@millrace/runtime";
import { expect, test } from "vitest";
import { fetchOverGrpc } from "./fetch-stream.ts";

/** A broker of which only `fetch` is there: it answers the first request with `responses`, and keeps what came. */
function brokerOf(responses: readonly FetchResponse[], received: FetchRequest[]) {
  const fetch: ServiceClient<typeof BrokerService>["fetch"] = async function* (requests) {
    const incoming = requests[Symbol.asyncIterator]();
    const keep = async () => {
      const { value } = await incoming.next();
      if (value !== undefined) received.push(create(FetchRequestSchema, value));
    };
    await keep();
    for (const response of responses) {
      yield response;
      if (response.batches.length > 0) await keep();
    }
  };
  return { fetch } as ServiceClient<typeof BrokerService>;
}

const from = { topic: "orders", partition: 3, offset: 7, readCommitted: false, bytesAhead: 1_000 };
const pushOf = (bytes: number, highWatermark: bigint): FetchResponse =>
  create(FetchResponseSchema, { batches: Buffer.alloc(bytes), news: [{ handle: 0, highWatermark }] });

test("asks with its credit, and gives back what was taken once it was taken", async () => {
  const received: FetchRequest[] = [];
  const stream = fetchOverGrpc(brokerOf([pushOf(300, 9n), pushOf(200, 10n)], received), from);
  const first = await stream.next();
  expect(first.value).toMatchObject({ highWatermark: 9 });
  expect(received.map(({ creditBytes }) => creditBytes)).toEqual([1_000n]);
  expect(received[0]?.start).toMatchObject([{ topic: "orders", partition: 3, offset: 7n }]);
  await stream.next();
  expect(received.map(({ creditBytes }) => creditBytes)).toEqual([1_000n, 300n]);
  await stream.return();
});

test("news without records move the high watermark only", async () => {
  const received: FetchRequest[] = [];
  const stream = fetchOverGrpc(brokerOf([pushOf(0, 9n), pushOf(100, -1n)], received), from);
  expect((await stream.next()).value?.batches.length).toBe(100);
});

test("an error of the partition ends it", async () => {
  const refusal = create(FetchResponseSchema, { news: [{ handle: 0, error: { code: 1, message: "gone" } }] });
  const stream = fetchOverGrpc(brokerOf([refusal], []), from);
  await expect(stream.next()).rejects.toMatchObject({ id: "OFFSET_OUT_OF_RANGE", detail: "gone" });
});
