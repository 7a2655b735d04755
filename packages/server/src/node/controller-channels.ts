import { type ControllerAddress, QuorumChannel } from "@millrace/controller";
import { isSameAddress, type Peer, type RpcChannel } from "@millrace/runtime";
import { connectController } from "./connect-controller.ts";
import type { ControllerReach } from "./controller-reach.ts";
import type { NodeParts } from "./node-parts.ts";

export interface ControllerChannelsOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  /** Those of the configuration. */
  readonly addresses: readonly ControllerAddress[];
  readonly reach: ControllerReach;
  /** The one in this process, if there is one. */
  readonly local?: {
    readonly address: ControllerAddress;
    readonly connect: (peer: Peer) => RpcChannel;
  };
}

/** Makes the channel over which a role of this node reaches the controllers: the one of its process directly. */
export function controllerChannels(
  options: ControllerChannelsOptions,
  parts: NodeParts,
): (role: "broker" | "coordinator") => RpcChannel {
  const { nodeId, clusterId, local, reach } = options;
  return (role) => {
    const peer: Peer = { kind: "role", role, nodeId, clusterId, address: "" };
    const connect = connectController(peer, reach);
    const channel = new QuorumChannel({
      controllers: inOrder(options),
      connect: (address) => {
        if (local !== undefined && isSameAddress(address, local.address)) return local.connect(peer);
        return connect(address);
      },
    });
    parts.defer(() => channel.close());
    return channel;
  };
}

/** The local one first; else nodes begin at different ones, so that not all feeds come from one controller. */
function inOrder({ nodeId, addresses, local }: ControllerChannelsOptions): readonly ControllerAddress[] {
  if (local !== undefined) {
    return [local.address, ...addresses.filter((address) => !isSameAddress(address, local.address))];
  }
  const begin = nodeId % addresses.length;
  return [...addresses.slice(begin), ...addresses.slice(0, begin)];
}
