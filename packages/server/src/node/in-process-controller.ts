import { type Controller, serveController } from "@millrace/controller";
import { InProcessNetwork, type Peer, type RpcChannel, type Runtime, ServiceTable } from "@millrace/runtime";
import type { NodeParts } from "./node-parts.ts";

const ADDRESS = "controller";

/** Makes channels over which roles of this process reach the controller in it: as over gRPC, limits included. */
export function serveInProcess(
  runtime: Runtime,
  controller: Controller,
  parts: NodeParts,
  { encode = false }: { readonly encode?: boolean | undefined } = {},
): (peer: Peer) => RpcChannel {
  const services = new ServiceTable();
  const served = serveController(controller, services);
  parts.defer(() => served.close());
  const network = new InProcessNetwork({
    clock: runtime.clocks.liveness,
    encode,
    afterTurn: (run) => runtime.executor.afterTurn(run),
  });
  const listener = network.listen(ADDRESS, services, { logger: runtime.logger });
  parts.defer(() => listener.close());
  return (peer) => network.connect(ADDRESS, { peer });
}
