import { assert } from "@millrace/runtime";

export interface PlaceableBroker {
  readonly id: number;
  readonly rack: string | undefined;
  readonly fenced: boolean;
}

export interface Placement {
  readonly partitions: number;
  /** At most the number of brokers. */
  readonly replicationFactor: number;
}

/**
 * Where the replicas of new partitions go: in stripes over racks and within each rack over its brokers, so that
 * leaders and replicas spread evenly and the replicas of one partition over as many racks as possible. The first
 * replica, which will lead, is on a broker that is not fenced; fenced brokers come last. The order is shuffled when
 * every broker had its turn, so that pairs of brokers do not repeat. (Kafka's StripedReplicaPlacer has these goals.)
 * At least one broker must not be fenced.
 */
export function placeReplicas(
  brokers: readonly PlaceableBroker[],
  { partitions, replicationFactor }: Placement,
  randomBelow: (limit: number) => number,
): number[][] {
  assert(replicationFactor <= brokers.length, "more replicas than brokers");
  const unfencedCount = brokers.filter(({ fenced }) => !fenced).length;
  assert(unfencedCount > 0, "no broker to lead");
  let racks: Rack[] = [];
  return Array.from({ length: partitions }, (_, partition) => {
    const turn = partition % unfencedCount;
    if (turn === 0) racks = shuffledRacks(brokers, randomBelow);
    return placeOne(racks, turn, replicationFactor);
  });
}

interface Rack {
  readonly unfenced: readonly number[];
  readonly fenced: readonly number[];
}

function placeOne(racks: readonly Rack[], turn: number, replicationFactor: number): number[] {
  const inRack = Math.floor(turn / racks.length);
  const order = rotated(racks, turn).map(({ unfenced, fenced }) => ({
    unfenced: rotated(unfenced, inRack),
    fenced: rotated(fenced, inRack),
  }));
  const leaderRack = order.findIndex(({ unfenced }) => unfenced.length > 0);
  const replicas = [order[leaderRack]!.unfenced.shift()!];
  for (let next = leaderRack + 1; replicas.length < replicationFactor; next++) {
    const rack = order[next % order.length]!;
    const broker = rack.unfenced.shift() ?? rack.fenced.shift();
    if (broker !== undefined) replicas.push(broker);
  }
  return replicas;
}

function shuffledRacks(brokers: readonly PlaceableBroker[], randomBelow: (limit: number) => number): Rack[] {
  const byRack = Map.groupBy(shuffled(brokers, randomBelow), ({ rack }) => rack);
  return [...byRack.values()].map((members) => ({
    unfenced: members.filter(({ fenced }) => !fenced).map(({ id }) => id),
    fenced: members.filter(({ fenced }) => fenced).map(({ id }) => id),
  }));
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function shuffled<T>(items: readonly T[], randomBelow: (limit: number) => number): T[] {
  const result = [...items];
  for (let end = result.length - 1; end > 0; end--) {
    const other = randomBelow(end + 1);
    [result[end], result[other]] = [result[other]!, result[end]!];
  }
  return result;
}
