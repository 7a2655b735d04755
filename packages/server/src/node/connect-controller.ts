import type { ControllerAddress } from "@millrace/controller";
import type { Peer, RpcChannel, Runtime } from "@millrace/runtime";
import { GrpcChannel } from "@millrace/runtime-node";
import type { CheckedNodeOptions } from "./check-node-options.ts";
import { ControllerReach } from "./controller-reach.ts";
import type { Address } from "./role.ts";
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

/** The controllers that a node at `self` was told of. */
export function reachOf(options: CheckedNodeOptions, self: Address, runtime: Runtime): ControllerReach {
  const { roles, controllers, controllersConfig } = options;
  const isSelf = ({ host, port }: Address): boolean =>
    roles.has("controller") && host === self.host && port === self.port;
  return new ControllerReach({
    addresses: controllers.filter((address) => !isSelf(address)),
    config: controllersConfig,
    clock: runtime.clocks.liveness,
    logger: runtime.logger,
  });
}
