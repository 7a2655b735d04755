import { QuorumChannel } from "@millrace/controller";
import type { Endpoint } from "@millrace/raft";
import type { Peer } from "@millrace/runtime";
import { GrpcChannel } from "@millrace/runtime-node";

/** The controllers as one channel. Nodes begin at different ones, so that not all feeds come from one. */
export function quorumOfEndpoints(
  controllers: readonly Endpoint[],
  peer: Peer & { kind: "role" },
): QuorumChannel {
  const begin = peer.nodeId % controllers.length;
  return new QuorumChannel({
    controllers: [...controllers.slice(begin), ...controllers.slice(0, begin)],
    connect: ({ host, port }) => new GrpcChannel({ host, port, peer }),
  });
}
