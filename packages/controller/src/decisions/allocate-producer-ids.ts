import { refuse } from "@millrace/replicated-state";
import type { MetadataState } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import type { MetadataDecision } from "./metadata-decision.ts";

/** Producer ids given to a broker at a time (Kafka's ProducerIdsBlock). */
export const PRODUCER_ID_BLOCK_SIZE = 1_000;

export interface ProducerIdBlock {
  readonly firstProducerId: number;
  readonly count: number;
}

/** A block that no broker was given before, and none will be again. */
export function decideAllocateProducerIds(
  state: MetadataState,
  { brokerId, brokerEpoch }: { readonly brokerId: number; readonly brokerEpoch: number },
): MetadataDecision<ProducerIdBlock> {
  const broker = state.brokers.get(brokerId);
  if (broker === undefined) return refuse("BROKER_ID_NOT_REGISTERED");
  if (broker.epoch !== brokerEpoch) return refuse("STALE_BROKER_EPOCH");
  const firstProducerId = state.nextProducerId;
  const next = firstProducerId + PRODUCER_ID_BLOCK_SIZE;
  if (!Number.isSafeInteger(next)) {
    return refuse("UNKNOWN_SERVER_ERROR", "Exhausted all producer ids.");
  }
  const record = metadataRecord({
    case: "producerIds",
    value: { brokerId, brokerEpoch: BigInt(brokerEpoch), nextProducerId: BigInt(next) },
  });
  return { records: [record], response: { firstProducerId, count: PRODUCER_ID_BLOCK_SIZE } };
}
