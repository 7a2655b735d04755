import {
  type ConfigMap,
  type ControllerQuorum,
  QuorumChannel,
  QuorumRegistration,
} from "@millrace/controller";
import type { Endpoint, Voter } from "@millrace/raft";
import type { RpcChannel, Runtime } from "@millrace/runtime";

export interface RegisterInQuorumOptions {
  readonly self: Voter;
  readonly clusterId: string;
  readonly quorum: ControllerQuorum;
  readonly contacts: readonly Endpoint[];
  readonly connect: (endpoint: Endpoint) => RpcChannel;
  readonly configs: ConfigMap;
  readonly runtime: Runtime;
}

/** Keeps the place of this controller in the quorum true until it is closed. One on any free port is in nobody's quorum. */
export function registerInQuorum(options: RegisterInQuorumOptions): { close(): Promise<void> } {
  const { self, quorum, contacts, connect, configs } = options;
  if (self.endpoint.port === 0) return { close: async () => {} };
  // This controller says who is active, or is that itself; before it knows, others do.
  const controllers = [self.endpoint, ...contacts, ...quorum.status.voters.map(({ endpoint }) => endpoint)];
  const channel = new QuorumChannel({ controllers, connect });
  const registration = new QuorumRegistration({ ...options, channel, autoJoin: joinsByItself(configs) });
  registration.start();
  return {
    close: async () => {
      await registration.close();
      await channel.close();
    },
  };
}

/** KIP-1186. */
export function joinsByItself(configs: ConfigMap): boolean {
  return configs.get("controller.quorum.auto.join.enable") === "true";
}
