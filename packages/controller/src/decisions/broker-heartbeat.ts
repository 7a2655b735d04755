import type { MetadataRecord } from "@millrace/proto/metadata";
import { refuse } from "@millrace/replicated-state";
import type { BrokerRegistration, MetadataState } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import type { MetadataAcceptance, MetadataDecision } from "./metadata-decision.ts";
import { inService, leaderChanges } from "./partition-leaders.ts";

export interface BrokerHeartbeat {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  /** The metadata offset up to which the broker has applied, inclusive. */
  readonly appliedOffset: number;
  readonly wantFence: boolean;
  readonly wantShutdown: boolean;
  /** Whether all other brokers know of the leaders that took over from this one. */
  readonly successorsReady: boolean;
  /** Whether the leader changes that earlier decisions called for have all been made, in a state too large to look. */
  readonly leadersSettled: boolean;
}

export interface HeartbeatOutcome {
  readonly fenced: boolean;
  readonly shouldShutDown: boolean;
  /** There are leaderships left to move. */
  readonly more: boolean;
}

/**
 * What a broker's heartbeat changes. It is unfenced once it has applied its own registration, and once nothing that an
 * older incarnation led or was in sync with is left. A controlled shutdown first moves its leaderships; when the others
 * know, or when there is nobody to take them, it is fenced and may go.
 */
export function decideBrokerHeartbeat(
  state: MetadataState,
  heartbeat: BrokerHeartbeat,
): MetadataDecision<HeartbeatOutcome> {
  const broker = state.brokers.get(heartbeat.brokerId);
  if (broker === undefined) return refuse("BROKER_ID_NOT_REGISTERED");
  if (broker.epoch !== heartbeat.brokerEpoch) return refuse("STALE_BROKER_EPOCH");
  if (heartbeat.wantShutdown) return controlledShutdown(state, broker, heartbeat);
  if (heartbeat.wantFence) return fence(state, broker, { shouldShutDown: false });
  if (broker.fenced && heartbeat.appliedOffset >= broker.epoch) return unfence(state, broker, heartbeat);
  return unchanged(broker.fenced);
}

/** The session of a broker ended. Nothing when it is fenced already, or has registered anew meanwhile. */
export function decideFenceBroker(
  state: MetadataState,
  { brokerId, brokerEpoch }: { readonly brokerId: number; readonly brokerEpoch: number },
): MetadataAcceptance<HeartbeatOutcome> {
  const broker = state.brokers.get(brokerId);
  if (broker === undefined || broker.epoch !== brokerEpoch) return unchanged(true);
  return fence(state, broker, { shouldShutDown: false });
}

function controlledShutdown(
  state: MetadataState,
  broker: BrokerRegistration,
  { successorsReady, leadersSettled }: BrokerHeartbeat,
): MetadataAcceptance<HeartbeatOutcome> {
  const others = inService(state, { brokerId: broker.id, inService: false });
  const alone = ![...state.brokers.keys()].some(others);
  if (broker.fenced || alone) return fence(state, broker, { shouldShutDown: true });
  if (broker.inControlledShutdown) {
    return successorsReady && leadersSettled
      ? fence(state, broker, { shouldShutDown: true })
      : unchanged(false);
  }
  const { records, movesLeaders, more } = leaderChanges(state, others);
  if (!movesLeaders && !more) return fence(state, broker, { shouldShutDown: true });
  return {
    records: [brokerChange(broker, { inControlledShutdown: true }), ...records],
    response: { fenced: false, shouldShutDown: false, more },
  };
}

function unfence(
  state: MetadataState,
  broker: BrokerRegistration,
  { leadersSettled }: BrokerHeartbeat,
): MetadataAcceptance<HeartbeatOutcome> {
  const { id: brokerId } = broker;
  const leftOver = leaderChanges(state, inService(state, { brokerId, inService: false }));
  if (leftOver.records.length > 0) {
    return {
      records: leftOver.records,
      response: { fenced: true, shouldShutDown: false, more: leftOver.more },
    };
  }
  if (leftOver.more && !leadersSettled) return unchanged(true);
  const { records, more } = leaderChanges(state, inService(state, { brokerId, inService: true }));
  return {
    records: [brokerChange(broker, { fenced: false, inControlledShutdown: false }), ...records],
    response: { fenced: false, shouldShutDown: false, more },
  };
}

function fence(
  state: MetadataState,
  broker: BrokerRegistration,
  { shouldShutDown }: { readonly shouldShutDown: boolean },
): MetadataAcceptance<HeartbeatOutcome> {
  if (broker.fenced) return { records: [], response: { fenced: true, shouldShutDown, more: false } };
  const serves = inService(state, { brokerId: broker.id, inService: false });
  const { records, more } = leaderChanges(state, serves);
  return {
    records: [brokerChange(broker, { fenced: true }), ...records],
    response: { fenced: true, shouldShutDown, more },
  };
}

function unchanged(fenced: boolean): MetadataAcceptance<HeartbeatOutcome> {
  return { records: [], response: { fenced, shouldShutDown: false, more: false } };
}

function brokerChange(
  { id, epoch }: BrokerRegistration,
  change: { readonly fenced?: boolean; readonly inControlledShutdown?: boolean },
): MetadataRecord {
  return metadataRecord({
    case: "brokerChange",
    value: { brokerId: id, brokerEpoch: BigInt(epoch), ...change },
  });
}
