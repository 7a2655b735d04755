import { type ConfigMap, type ControllerQuorum, QuorumRegistration } from "@millrace/controller";
import type { Endpoint, Voter } from "@millrace/raft";
import type { RpcChannel, Runtime } from "@millrace/runtime";

export interface RegisterInQuorumOptions {
  readonly self: Voter;
  readonly clusterId: string;
  readonly quorum: ControllerQuorum;
  readonly connect: (endpoint: Endpoint) => RpcChannel;
  readonly configs: ConfigMap;
  readonly runtime: Runtime;
}

/**
 * Keeps the place of this controller in the quorum true until it is closed, over a channel to this controller itself: it
 * forwards to the active one, or is that, whatever others know of its address. One on any free port is in nobody's quorum.
 */
export function registerInQuorum(
  options: RegisterInQuorumOptions,
  channel: RpcChannel,
): { close(): Promise<void> } {
  if (options.self.endpoint.port === 0) return { close: async () => {} };
  const autoJoin = joinsByItself(options.configs);
  const registration = new QuorumRegistration({ ...options, channel, autoJoin });
  registration.start();
  return registration;
}

/** KIP-1186. */
export function joinsByItself(configs: ConfigMap): boolean {
  return configs.get("controller.quorum.auto.join.enable") === "true";
}
