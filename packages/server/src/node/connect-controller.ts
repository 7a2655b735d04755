import type { ControllerAddress } from "@millrace/controller";
import type { Peer, RpcChannel } from "@millrace/runtime";
import { GrpcChannel } from "@millrace/runtime-node";
import type { ControllerReach } from "./controller-reach.ts";
import { watchedChannel } from "./watched-channel.ts";

/** Makes channels to controllers in other processes; `reach` learns what becomes of calls over them. */
export function connectController(
  peer: Peer,
  reach: ControllerReach,
): (address: ControllerAddress) => RpcChannel {
  return (address) => {
    const { host, port } = address;
    return watchedChannel(new GrpcChannel({ host, port, peer }), reach.watcher(address));
  };
}
