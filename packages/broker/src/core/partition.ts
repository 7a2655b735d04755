import type { Uuid } from "@millrace/controller";
import {
  type LeaderEpoch,
  type LogListener,
  NO_LEADER_EPOCH,
  type Offset,
  type PartitionLog,
} from "@millrace/log";
import { ApiError } from "@millrace/runtime";
import type { TopicSettings } from "./topic-settings.ts";
import { WatermarkWaiters } from "./watermark-waiters.ts";

/** Who leads, as the metadata says. */
export interface Leadership {
  /** Broker id; -1 without a leader. */
  readonly leader: number;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicaCount: number;
  readonly isrCount: number;
}

/** When a produced batch is answered: 0 and 1 when the leader has written it, -1 when all in-sync replicas have. */
export type Acks = 0 | 1 | -1;

/** One partition of which this broker has a replica: its log, who leads it, and all who wait for it. */
export class Partition implements LogListener {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly log: PartitionLog;
  readonly #brokerId: number;
  readonly #written = new WatermarkWaiters();
  readonly #committed = new WatermarkWaiters();
  /** Long polls; told of every move, once, and then forgotten unless they come again. */
  #readers = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #closed = false;
  #settings: TopicSettings;
  #leadership: Leadership = { leader: -1, leaderEpoch: NO_LEADER_EPOCH, replicaCount: 0, isrCount: 0 };

  constructor(brokerId: number, topicId: Uuid, log: PartitionLog, settings: TopicSettings) {
    this.#brokerId = brokerId;
    this.topic = log.topicPartition.topic;
    this.partition = log.topicPartition.partition;
    this.topicId = topicId;
    this.log = log;
    this.#settings = settings;
    this.#unsubscribe = log.subscribe(this);
  }

  get settings(): TopicSettings {
    return this.#settings;
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  get isLeader(): boolean {
    return this.#leadership.leader === this.#brokerId;
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#leadership.leaderEpoch;
  }

  configure(settings: TopicSettings): void {
    this.#settings = settings;
    this.log.updateConfig(settings.log);
  }

  /** Applies what the metadata says. Whoever waited for an earlier leader's epoch has to ask again. */
  lead(leadership: Leadership): void {
    const sameLeader =
      leadership.leader === this.#leadership.leader &&
      leadership.leaderEpoch === this.#leadership.leaderEpoch;
    this.#leadership = leadership;
    if (sameLeader) return;
    this.#settleAll(new ApiError("NOT_LEADER_OR_FOLLOWER"));
    if (!this.isLeader || this.log.failure !== undefined) return;
    this.log.setLeaderEpoch(leadership.leaderEpoch);
    this.#advanceHighWatermark();
  }

  /**
   * Throws unless this broker leads in that epoch, as far as the client knows it (KIP-320); -1: it does not.
   */
  requireLeader(currentLeaderEpoch: number): void {
    if (this.#closed) throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
    const { leaderEpoch } = this.#leadership;
    if (currentLeaderEpoch >= 0) {
      if (currentLeaderEpoch < leaderEpoch) throw new ApiError("FENCED_LEADER_EPOCH");
      if (currentLeaderEpoch > leaderEpoch) throw new ApiError("UNKNOWN_LEADER_EPOCH");
    }
    if (!this.isLeader) throw new ApiError("NOT_LEADER_OR_FOLLOWER");
    if (this.log.failure !== undefined) throw this.log.failure;
  }

  /** Throws `NOT_ENOUGH_REPLICAS` when a produce with acks=all cannot be as safe as the topic asks. */
  requireInsyncReplicas(): void {
    const { replicaCount, isrCount } = this.#leadership;
    // No topic can have more in-sync replicas than replicas (KIP-966).
    if (isrCount < Math.min(this.#settings.minInsyncReplicas, replicaCount)) {
      throw new ApiError("NOT_ENOUGH_REPLICAS");
    }
  }

  /** `settle` runs once: when what lies below `endOffset` is as safe as `acks` asks for, or never will be. */
  whenSafe(endOffset: Offset, acks: Acks, settle: (failure: ApiError | undefined) => void): void {
    const watermark = acks === -1 ? this.log.highWatermark : this.log.logEndOffset;
    if (watermark >= endOffset) settle(undefined);
    else (acks === -1 ? this.#committed : this.#written).add(endOffset, settle);
  }

  /** Once, when a watermark moves, the leader changes or the log fails. Returns how to stop waiting. */
  whenMoved(moved: () => void): () => void {
    this.#readers.add(moved);
    return () => this.#readers.delete(moved);
  }

  watermarksMoved(): void {
    this.#advanceHighWatermark();
    this.#written.reached(this.log.logEndOffset);
    this.#committed.reached(this.log.highWatermark);
    this.#wakeReaders();
  }

  failed(_log: PartitionLog, cause: ApiError): void {
    this.#settleAll(cause);
  }

  /** The topic was deleted, or this broker has no replica any more. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#settleAll(new ApiError("UNKNOWN_TOPIC_OR_PARTITION"));
  }

  /** Everything that all in-sync replicas have is committed; the only one there is so far is this one. */
  #advanceHighWatermark(): void {
    if (this.isLeader) this.log.advanceHighWatermark(this.log.logEndOffset);
  }

  #settleAll(failure: ApiError): void {
    this.#written.failAll(failure);
    this.#committed.failAll(failure);
    this.#wakeReaders();
  }

  #wakeReaders(): void {
    if (this.#readers.size === 0) return;
    const readers = this.#readers;
    this.#readers = new Set();
    for (const moved of readers) moved();
  }
}
