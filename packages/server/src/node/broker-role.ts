import { type BrokerEndpoint, startBroker } from "@millrace/broker";
import { randomUuid } from "@millrace/controller";
import type { RpcChannel } from "@millrace/runtime";
import { machineMemoryBytes, TcpNetwork } from "@millrace/runtime-node";
import { checkListeners } from "./check-listeners.ts";
import { defaultMemoryBudgetBytes } from "./memory-budget.ts";
import { defaultListeners } from "./node-options.ts";
import type { RoleGround, RunningRole } from "./role.ts";

export interface BrokerRole extends RunningRole {
  readonly endpoints: readonly BrokerEndpoint[];
}

/** Ready when it is registered and unfenced. Rejects when a listener cannot be bound or a log not be opened. */
export function startBrokerRole(ground: RoleGround, controllers: RpcChannel): Promise<BrokerRole> {
  const { options, services, runtime } = ground;
  return startBroker({
    ...ground,
    network: new TcpNetwork(),
    controllerChannel: controllers,
    router: services,
    incarnationId: randomUuid(runtime.random),
    listeners: checkListeners(options.listeners ?? defaultListeners),
    rack: options.rack,
    staticConfigs: options.configs,
    budgetBytes: options.memoryBudgetBytes ?? defaultMemoryBudgetBytes(machineMemoryBytes()),
  });
}
