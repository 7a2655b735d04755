import type { Uuid } from "@millrace/kafka-protocol";

/** What a session remembers of one partition: what the client wants, and what it was last told. */
export interface SessionPartition {
  readonly topic: string;
  /** `ZERO_UUID` in sessions of clients that fetch by name. */
  readonly topicId: Uuid;
  readonly partition: number;
  fetchOffset: number;
  maxBytes: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  /** What the last response said; -1 before. */
  highWatermark: number;
  logStartOffset: number;
}

/** Fetch session ids and epochs as the protocol uses them (KIP-227). */
export const NO_SESSION_ID = 0;
/** "No session": a full fetch that makes none, or ends the one it names. */
export const FINAL_EPOCH = -1;
/** A full fetch that makes a session. */
export const INITIAL_EPOCH = 0;

const EPOCH_MAX = 2 ** 31 - 1;

/** After the largest epoch comes 1: 0 and -1 mean something else. */
export function nextSessionEpoch(epoch: number): number {
  return epoch === EPOCH_MAX ? 1 : epoch + 1;
}

export function partitionKey(topic: string, topicId: Uuid, partition: number): string {
  return `${topicId}:${partition}:${topic}`;
}

/** The partitions that one consumer fetches again and again, so that a request names only what changes (KIP-227). */
export class FetchSession {
  readonly id: number;
  /** By whom it was made: nobody else may use it. */
  readonly principal: string;
  readonly usesTopicIds: boolean;
  /** In the order in which they are read. Those that gave data go to the end, so that each gets its turn. */
  readonly partitions: Map<string, SessionPartition>;
  /** That the next request has to carry. */
  epoch = nextSessionEpoch(INITIAL_EPOCH);
  lastUsedMs: number;

  constructor(
    id: number,
    principal: string,
    usesTopicIds: boolean,
    partitions: Map<string, SessionPartition>,
    nowMs: number,
  ) {
    this.id = id;
    this.principal = principal;
    this.usesTopicIds = usesTopicIds;
    this.partitions = partitions;
    this.lastUsedMs = nowMs;
  }

  moveToEnd(partition: SessionPartition): void {
    const key = partitionKey(partition.topic, partition.topicId, partition.partition);
    if (this.partitions.delete(key)) this.partitions.set(key, partition);
  }
}
