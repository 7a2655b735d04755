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
  const racks = racksOf(brokers);
  return Array.from({ length: partitions }, (_, partition) => {
    const turn = partition % unfencedCount;
    if (turn === 0) shuffleRacks(racks, randomBelow);
    return placeOne(racks, turn, replicationFactor);
  });
}

interface Rack {
  readonly unfenced: number[];
  readonly fenced: number[];
}

function placeOne(racks: readonly Rack[], turn: number, replicationFactor: number): number[] {
  const inRack = Math.floor(turn / racks.length);
  const taken = new Array<number>(racks.length).fill(0);
  let rack = turn % racks.length;
  while (racks[rack]!.unfenced.length === 0) rack = (rack + 1) % racks.length;
  const replicas: number[] = [];
  for (; replicas.length < replicationFactor; rack = (rack + 1) % racks.length) {
    const broker = brokerOf(racks[rack]!, inRack, taken[rack]!++);
    if (broker !== undefined) replicas.push(broker);
  }
  return replicas;
}

/** The brokers of a rack in turn, from `start` on; those that are not fenced first. Undefined when all were taken. */
function brokerOf({ unfenced, fenced }: Rack, start: number, taken: number): number | undefined {
  if (taken < unfenced.length) return unfenced[(start + taken) % unfenced.length];
  const left = taken - unfenced.length;
  return left < fenced.length ? fenced[(start + left) % fenced.length] : undefined;
}

function racksOf(brokers: readonly PlaceableBroker[]): Rack[] {
  return [...Map.groupBy(brokers, ({ rack }) => rack).values()].map((members) => ({
    unfenced: members.filter(({ fenced }) => !fenced).map(({ id }) => id),
    fenced: members.filter(({ fenced }) => fenced).map(({ id }) => id),
  }));
}

function shuffleRacks(racks: Rack[], randomBelow: (limit: number) => number): void {
  shuffle(racks, randomBelow);
  for (const { unfenced, fenced } of racks) {
    shuffle(unfenced, randomBelow);
    shuffle(fenced, randomBelow);
  }
}

function shuffle(items: unknown[], randomBelow: (limit: number) => number): void {
  for (let end = items.length - 1; end > 0; end--) {
    const other = randomBelow(end + 1);
    [items[end], items[other]] = [items[other], items[end]];
  }
}
