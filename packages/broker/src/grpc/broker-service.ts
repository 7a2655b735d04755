import type { BrokerService } from "@millrace/proto/broker";
import type { ServiceHandlers } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { fetchStream } from "./fetch-stream.ts";
import type { GrpcContexts } from "./grpc-contexts.ts";
import { produceStream } from "./produce-stream.ts";

/** Records in and out for Millrace's own client. Calls wait until the broker serves. */
export function brokerHandlers(
  serving: Promise<Broker>,
  contexts: GrpcContexts,
): ServiceHandlers<typeof BrokerService> {
  return {
    produce: (requests, call) => produceStream(serving, requests, contexts.of(call, "Produce")),
    fetch: (requests, call) => fetchStream(serving, requests, contexts.of(call, "Fetch"), call.signal),
  };
}
