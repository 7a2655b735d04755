import type { BrokerSessionRequest_Register as Register } from "@millrace/proto/controller";
import { type DecideEnv, refuse } from "@millrace/replicated-state";
import { isNodeAddress } from "@millrace/runtime";
import { isServed } from "../features.ts";
import type { BrokerRegistration, MetadataState } from "../image/metadata-state.ts";
import { registerBrokerRecord } from "../image/snapshot-records.ts";
import { uuidFromPeer } from "../image/uuid.ts";
import { leaveElr } from "./leave-elr.ts";
import type { MetadataDecision } from "./metadata-decision.ts";
import { inService, leaderChanges } from "./partition-leaders.ts";

export interface RegisterBroker {
  readonly register: Register;
  readonly clusterId: string;
  /** Whether the broker that has this id now was heard of within its session timeout. */
  readonly hasLiveSession: boolean;
  /** Whether that session's process holds its stream open. */
  readonly isConnected: boolean;
}

export interface RegisteredBroker {
  readonly brokerEpoch: number;
  /** Leaderships of the older incarnation are left to move. */
  readonly more: boolean;
}

/**
 * A new incarnation starts fenced, with the offset of its registration as its epoch. It takes the place of an older one
 * from the same directory as soon as that one's stream is closed: the registration may be late, and the older one the younger.
 * With another directory it waits for the session to end. A process that
 * registers again (its stream broke) keeps its epoch, unless a newer incarnation ended it: it is fenced for good then.
 * The older incarnation leads nothing and is in sync nowhere from then on, and unless it had shut down in order it is
 * no eligible leader either: what it held in memory only is gone.
 */
export function decideRegisterBroker(
  state: MetadataState,
  { register, clusterId, hasLiveSession, isConnected }: RegisterBroker,
  env: DecideEnv,
): MetadataDecision<RegisteredBroker> {
  const { brokerId } = register;
  if (register.clusterId !== clusterId) {
    return refuse(
      "INCONSISTENT_CLUSTER_ID",
      `Expected cluster id ${clusterId}, but got ${register.clusterId}`,
    );
  }
  const directoryId = uuidFromPeer(register.directoryId);
  const incarnationId = uuidFromPeer(register.incarnationId);
  if (brokerId < 0 || directoryId === undefined || incarnationId === undefined) {
    return refuse(
      "INVALID_REGISTRATION",
      "A registration needs a broker id, a directory id and an incarnation id.",
    );
  }
  if (register.listeners.length === 0) return refuse("INVALID_REGISTRATION", "A broker needs a listener.");
  const unreachable = addressThatIsNone(register);
  if (unreachable !== undefined) {
    const detail = `The address of ${unreachable} is no host and port (1 to 65535).`;
    return refuse("INVALID_REGISTRATION", detail);
  }

  const existing = state.brokers.get(brokerId);
  if (existing?.incarnationId === incarnationId && existing.directoryId === directoryId) {
    return { records: [], response: { brokerEpoch: existing.epoch, more: false } };
  }
  if (existing !== undefined && register.brokerEpoch !== undefined && existing.epoch > register.brokerEpoch) {
    return refuse("STALE_BROKER_EPOCH", `Another incarnation of broker ${brokerId} has registered since.`);
  }
  if (existing !== undefined && existing.directoryId !== directoryId && hasLiveSession) {
    return refuse(
      "DUPLICATE_BROKER_REGISTRATION",
      `Another broker is registered with id ${brokerId}, from another data directory.`,
    );
  }
  if (existing !== undefined && isConnected) {
    return refuse("DUPLICATE_BROKER_REGISTRATION", `Another process of broker ${brokerId} is connected.`);
  }
  for (const other of state.brokers.values()) {
    if (other.id === brokerId || other.directoryId !== directoryId) continue;
    return refuse(
      "INVALID_REGISTRATION",
      `Broker ${brokerId} brings data directory ${directoryId}, which broker ${other.id} registered.`,
    );
  }
  const unsupported = unsupportedFeature(state, register);
  if (unsupported !== undefined) return refuse("UNSUPPORTED_VERSION", unsupported);

  const registration = registrationOf(register, { epoch: env.baseOffset, directoryId, incarnationId });
  const { records, more } = leaderChanges(state, inService(state, { brokerId, inService: false }));
  const wasShutDown = existing?.epoch === Number(register.previousBrokerEpoch);
  const ineligible = wasShutDown ? [] : leaveElr(state, brokerId);
  return {
    records: [registerBrokerRecord(registration), ...records, ...ineligible],
    response: { brokerEpoch: registration.epoch, more },
  };
}

/** Clients, brokers and controllers are sent there. */
function addressThatIsNone({ grpcHost, grpcPort, listeners }: Register): string | undefined {
  if (!isNodeAddress({ host: grpcHost, port: grpcPort })) return "its gRPC port";
  const listener = listeners.find((one) => !isNodeAddress(one));
  return listener && `listener ${listener.name}`;
}

function registrationOf(
  register: Register,
  ids: Pick<BrokerRegistration, "epoch" | "directoryId" | "incarnationId">,
): BrokerRegistration {
  return {
    ...ids,
    id: register.brokerId,
    listeners: register.listeners.map(({ name, securityProtocol, host, port }) => ({
      name,
      securityProtocol,
      host,
      port,
    })),
    grpcHost: register.grpcHost,
    grpcPort: register.grpcPort,
    rack: register.rack,
    supportedFeatures: register.supportedFeatures.map(({ name, levelMin, levelMax }) => ({
      name,
      levelMin,
      levelMax,
    })),
    fenced: true,
    inControlledShutdown: false,
  };
}

function unsupportedFeature(state: MetadataState, register: Register): string | undefined {
  for (const [name, level] of state.features) {
    const range = register.supportedFeatures.find((feature) => feature.name === name);
    if (range !== undefined && isServed(range, level)) continue;
    return `Unable to register because the broker does not support finalized version ${level} of ${name}.`;
  }
  return undefined;
}
