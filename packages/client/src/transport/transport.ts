import type { ApiError } from "@millrace/runtime";
import type { NewVoter, QuorumInfo, VoterKey } from "./quorum-info.ts";

/** Whole v2 record batches of one partition. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  /** Belongs to the transport from here on. */
  readonly batch: Buffer;
}

export type AppendOutcome =
  | { readonly error: ApiError }
  | { readonly error: undefined; readonly baseOffset: number; readonly logAppendTimeMs: number };

/** A push of the broker: whole batches, in order. The first of a reading may begin before the offset asked for. */
export interface FetchedBatches {
  readonly batches: Buffer;
  readonly highWatermark: number;
}

export interface FetchFrom {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly readCommitted: boolean;
  /** Bytes that the broker may send ahead of what was taken from the iteration. */
  readonly bytesAhead: number;
  readonly signal?: AbortSignal;
}

/** 1: in the leader's log. "all": in every in-sync replica. */
export type Acks = 1 | "all";

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** 30,000 when left out. */
  readonly timeoutMs?: number;
}

export interface PartitionInfo {
  readonly partition: number;
  /** -1: none. */
  readonly leader: number;
}

/** A broker, however it is spoken to. Free of any protocol's types: gRPC is the first of several. */
export interface Transport {
  /** Appends, and resolves in the order of `batches` when `acks` is met. Calls keep their order per partition. */
  produce(batches: readonly PartitionBatch[], acks: Acks): Promise<readonly AppendOutcome[]>;
  /** Follows a partition until the iteration is left, the signal is aborted or the partition refuses. */
  fetch(from: FetchFrom): AsyncIterable<FetchedBatches>;
  readonly admin: AdminTransport;
  close(): Promise<void>;
}

export interface NewTopic {
  readonly name: string;
  /** Left out: the cluster's `num.partitions`. */
  readonly partitions?: number;
  /** Left out: the cluster's `default.replication.factor`. */
  readonly replicationFactor?: number;
  /** Topic configs by Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>;
}

export interface CreatedTopic {
  readonly name: string;
  /** Canonical text form, as Kafka prints it: 22 characters of unpadded base64url. */
  readonly topicId: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface TopicInfo {
  readonly name: string;
  readonly topicId: string;
  readonly internal: boolean;
  readonly partitions: readonly PartitionInfo[];
}

export interface ClusterInfo {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly { readonly brokerId: number; readonly grpc: string; readonly fenced: boolean }[];
}

/** The outcome of one item of a call: its value, or why it was refused. */
export type Outcome<T> = T | ApiError;

/** Kafka's special timestamps by name, or milliseconds since the epoch. */
export type OffsetSpec = "earliest" | "latest" | "maxTimestamp" | number;

export interface OffsetQuery {
  readonly topic: string;
  readonly partition: number;
  readonly at: OffsetSpec;
}

export interface OffsetAnswer {
  /** -1: no record is that late. */
  readonly offset: number;
  readonly timestampMs: number;
}

/** The quorum of controllers (KIP-595, KIP-853); changes resolve when they are committed. */
export interface QuorumTransport {
  describeQuorum(options?: CallOptions): Promise<QuorumInfo>;
  addVoter(voter: NewVoter, options?: CallOptions): Promise<void>;
  removeVoter(voter: VoterKey, options?: CallOptions): Promise<void>;
  /** Undefined: to the voter that has most of the log. Resolves with who is active from then on. */
  moveController(nodeId: number | undefined, options?: CallOptions): Promise<number>;
}

export interface AdminTransport extends QuorumTransport {
  createTopics(topics: readonly NewTopic[], options?: CallOptions): Promise<readonly Outcome<CreatedTopic>[]>;
  deleteTopics(names: readonly string[], options?: CallOptions): Promise<readonly Outcome<undefined>[]>;
  createPartitions(
    topics: readonly { readonly name: string; readonly partitions: number }[],
    options?: CallOptions,
  ): Promise<readonly Outcome<undefined>[]>;
  /** No names: all topics. */
  describeTopics(names: readonly string[], options?: CallOptions): Promise<readonly Outcome<TopicInfo>[]>;
  describeCluster(options?: CallOptions): Promise<ClusterInfo>;
  listOffsets(
    queries: readonly OffsetQuery[],
    options?: CallOptions,
  ): Promise<readonly Outcome<OffsetAnswer>[]>;
  /** Answers the new first offset of each. */
  deleteRecords(
    before: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
    options?: CallOptions,
  ): Promise<readonly Outcome<number>[]>;
}
