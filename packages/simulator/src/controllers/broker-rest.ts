import { type MetadataState, NO_LEADER } from "@millrace/controller";
import type { SimulatedBroker } from "./simulated-broker.ts";

type BrokerStatus = Pick<SimulatedBroker, "id" | "isUp" | "isStopping" | "heardAtMs" | "image" | "fenced">;

/** What a broker has to have reached. */
export interface BrokerGoal {
  readonly offset: number;
  /** Its session was good no earlier than that: one may be about to end for what was before. */
  readonly heardAtMs: number;
}

/** What is wrong with a broker that runs and reaches everybody; undefined when nothing is. */
export function unsettled(
  { brokers }: MetadataState,
  { id, isUp, isStopping, heardAtMs, image, fenced }: BrokerStatus,
  goal: BrokerGoal,
): string | undefined {
  if (!isUp) return "is down";
  if (isStopping) return "is about to stop";
  const registration = brokers.get(id);
  if (registration === undefined) return "is not registered";
  if (registration.fenced) return "is fenced";
  if (registration.inControlledShutdown) return "is in a controlled shutdown";
  if (fenced) return "takes itself for fenced";
  if (heardAtMs < goal.heardAtMs) return `has been without an answer since ${heardAtMs}`;
  return image?.offset === goal.offset
    ? undefined
    : `has the metadata of ${image?.offset}, not ${goal.offset}`;
}

/** Of one that is gone for good. */
export function lostUnsettled(
  { brokers }: MetadataState,
  { id }: Pick<BrokerStatus, "id">,
): string | undefined {
  return brokers.get(id)?.fenced === false ? "is gone and not fenced" : undefined;
}

/** A partition that nobody leads, though somebody who is in sync could. */
export function leaderless({ topics, brokers }: MetadataState): string | undefined {
  for (const { name, partitions } of topics.values()) {
    for (let index = 0; index < partitions.count; index += 1) {
      const isLed = partitions.leader(index) !== NO_LEADER;
      if (!isLed && partitions.isr(index).some((id) => brokers.get(id)?.fenced === false)) {
        return `nobody leads ${name}-${index}`;
      }
    }
  }
  return undefined;
}
