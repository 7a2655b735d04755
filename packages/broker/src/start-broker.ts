import { AdminService, QuorumAdminService } from "@millrace/proto/admin";
import { BrokerService } from "@millrace/proto/broker";
import { BrokerNode } from "./broker-node.ts";
import { adminHandlers } from "./grpc/admin-service.ts";
import { brokerHandlers } from "./grpc/broker-service.ts";
import { GrpcContexts } from "./grpc/grpc-contexts.ts";
import { quorumAdminHandlers } from "./grpc/quorum-admin-service.ts";
import { servedBy } from "./grpc/served-by.ts";
import type { RunningBroker, StartBrokerOptions } from "./start-broker-options.ts";

/**
 * Starts a broker: binds its listeners, opens its logs, registers, follows the metadata and serves. Resolves once
 * listeners are bound and logs are open, whether or not a controller can be reached. Rejects with a `NetworkError` or a
 * `DiskError`, and leaves nothing behind.
 */
export async function startBroker(options: StartBrokerOptions): Promise<RunningBroker> {
  const node = new BrokerNode(options);
  const contexts = new GrpcContexts();
  options.router.add(BrokerService, brokerHandlers(node.serving, contexts));
  options.router.add(AdminService, adminHandlers(node.serving, contexts));
  options.router.add(QuorumAdminService, quorumAdminHandlers(servedBy(node.serving, contexts)));
  try {
    await node.open();
  } catch (error) {
    await node.close();
    throw error;
  }
  return node;
}
