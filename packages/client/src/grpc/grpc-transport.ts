import { AdminService, QuorumAdminService } from "@millrace/proto/admin";
import { BrokerService } from "@millrace/proto/broker";
import type { RpcChannel } from "@millrace/runtime";
import type { Transport } from "../transport/transport.ts";
import { fetchOverGrpc } from "./fetch-stream.ts";
import { grpcAdmin } from "./grpc-admin.ts";
import { grpcQuorum } from "./grpc-quorum.ts";
import { ProduceStream } from "./produce-stream.ts";

/** Millrace's own wire: the broker pushes what Kafka's clients have to poll for. */
export function grpcTransport(channel: RpcChannel): Transport {
  const broker = channel.client(BrokerService);
  let stream: ProduceStream | undefined;
  return {
    admin: { ...grpcAdmin(channel.client(AdminService)), ...grpcQuorum(channel.client(QuorumAdminService)) },

    produce(batches, acks) {
      // A stream that broke is replaced by the next request; the channel below reconnects by itself.
      stream ??= new ProduceStream(broker, () => {
        stream = undefined;
      });
      return stream.send(batches, acks);
    },

    fetch: (from) => fetchOverGrpc(broker, from),

    async close() {
      stream?.end();
      await channel.close();
    },
  };
}
