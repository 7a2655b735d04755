import type { MetadataRecord } from "@millrace/proto/metadata";
import { refuse } from "@millrace/replicated-state";
import type { BrokerRegistration, MetadataState } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import type { MetadataDecision } from "./metadata-decision.ts";
import { leadsAnything, mayLead, partitionsRegained, partitionsWithout } from "./partition-leaders.ts";

export interface BrokerHeartbeat {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  /** The metadata offset up to which the broker has applied, inclusive. */
  readonly appliedOffset: number;
  readonly wantFence: boolean;
  readonly wantShutdown: boolean;
  /** Whether all other brokers know of the leaders that took over from this one. */
  readonly successorsReady: boolean;
}

export interface HeartbeatOutcome {
  readonly fenced: boolean;
  readonly shouldShutDown: boolean;
}

/**
 * What a broker's heartbeat changes. It is unfenced once it has applied its own registration. A controlled shutdown
 * first moves its leaderships; when the others know, or when there is nobody to take them, it is fenced and may go.
 */
export function decideBrokerHeartbeat(
  state: MetadataState,
  heartbeat: BrokerHeartbeat,
): MetadataDecision<HeartbeatOutcome> {
  const broker = state.brokers.get(heartbeat.brokerId);
  if (broker === undefined) return refuse("BROKER_ID_NOT_REGISTERED");
  if (broker.epoch !== heartbeat.brokerEpoch) return refuse("STALE_BROKER_EPOCH");

  if (heartbeat.wantShutdown) return controlledShutdown(state, broker, heartbeat);
  if (heartbeat.wantFence) return fenced(fenceRecords(state, broker));
  if (broker.fenced && heartbeat.appliedOffset >= broker.epoch) {
    const eligible = mayLead(state, new Map([[broker.id, true]]));
    const records = [
      brokerChange(broker, { fenced: false, inControlledShutdown: false }),
      ...partitionsRegained(state, broker.id, eligible),
    ];
    return { records, response: { fenced: false, shouldShutDown: false } };
  }
  return { records: [], response: { fenced: broker.fenced, shouldShutDown: false } };
}

/** The session of a broker ended. Nothing when it is fenced already, or has registered anew meanwhile. */
export function decideFenceBroker(
  state: MetadataState,
  { brokerId, brokerEpoch }: { readonly brokerId: number; readonly brokerEpoch: number },
): MetadataDecision<{ readonly fenced: boolean }> {
  const broker = state.brokers.get(brokerId);
  if (broker === undefined || broker.epoch !== brokerEpoch || broker.fenced) {
    return { records: [], response: { fenced: false } };
  }
  return { records: fenceRecords(state, broker), response: { fenced: true } };
}

function controlledShutdown(
  state: MetadataState,
  broker: BrokerRegistration,
  { successorsReady }: BrokerHeartbeat,
): MetadataDecision<HeartbeatOutcome> {
  if (broker.fenced) return { records: [], response: { fenced: true, shouldShutDown: true } };
  const othersMayLead = [...state.brokers.values()].some(
    (other) => other.id !== broker.id && !other.fenced && !other.inControlledShutdown,
  );
  if (!othersMayLead || !leadsAnything(state, broker.id)) {
    return { records: fenceRecords(state, broker), response: { fenced: true, shouldShutDown: true } };
  }
  if (broker.inControlledShutdown) {
    if (!successorsReady) return { records: [], response: { fenced: false, shouldShutDown: false } };
    return { records: fenceRecords(state, broker), response: { fenced: true, shouldShutDown: true } };
  }
  const eligible = mayLead(state, new Map([[broker.id, false]]));
  const records = [
    brokerChange(broker, { inControlledShutdown: true }),
    ...partitionsWithout(state, broker.id, eligible),
  ];
  return { records, response: { fenced: false, shouldShutDown: false } };
}

function fenced(records: readonly MetadataRecord[]): MetadataDecision<HeartbeatOutcome> {
  return { records, response: { fenced: true, shouldShutDown: false } };
}

function fenceRecords(state: MetadataState, broker: BrokerRegistration): MetadataRecord[] {
  if (broker.fenced) return [];
  const eligible = mayLead(state, new Map([[broker.id, false]]));
  return [brokerChange(broker, { fenced: true }), ...partitionsWithout(state, broker.id, eligible)];
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
