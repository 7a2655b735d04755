/** One partition, read out of its table. */
export interface PartitionState {
  /** Broker id, or `NO_LEADER`. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** Broker ids; the first is the preferred leader. */
  readonly replicas: readonly number[];
  /** In-sync replicas, in the order of `replicas`. */
  readonly isr: readonly number[];
  /** Eligible leader replicas (KIP-966), in the order of `replicas`. */
  readonly elr: readonly number[];
}

/** What changes of one partition; what is absent stays as it is. */
export type PartitionChange = Partial<Pick<PartitionState, "leader" | "isr" | "replicas" | "elr">>;
