import type { Controller } from "@millrace/controller";
import { InProcessNetwork, type Peer, type RpcChannel, type Runtime, ServiceTable } from "@millrace/runtime";
import type { NodeParts } from "./node-parts.ts";

const ADDRESS = "controller";

/** The channel over which a role of this process reaches the controller in it: as over gRPC, limits included. */
export function connectInProcess(
  runtime: Runtime,
  controller: Controller,
  peer: Peer,
  parts: NodeParts,
  { encode = false }: { readonly encode?: boolean | undefined } = {},
): RpcChannel {
  const services = new ServiceTable();
  controller.addTo(services);
  const network = new InProcessNetwork({
    clock: runtime.clocks.liveness,
    encode,
    afterTurn: (run) => runtime.executor.afterTurn(run),
  });
  const listener = network.listen(ADDRESS, services, { logger: runtime.logger });
  parts.defer(() => listener.close());
  const channel = network.connect(ADDRESS, { peer });
  parts.defer(() => channel.close());
  return channel;
}
