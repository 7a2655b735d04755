/** Where a reading begins: an offset, the first record at or after a time, or one of the ends. */
export type StartPosition =
  | "earliest"
  | "latest"
  | { readonly offset: number }
  | { readonly timestampMs: number };

export interface ReadOptions {
  readonly topic: string;
  readonly partition: number;
  /** "earliest" when left out. */
  readonly from?: StartPosition;
  /** "end": stop at what was the end when the reading began. Left out: follow the partition. */
  readonly until?: "end";
  /** Only records of committed transactions and of none. */
  readonly readCommitted?: boolean;
  /** Bytes that the broker may push ahead of the loop's body. Default 4 MiB. */
  readonly bytesAhead?: number;
  /**
   * A broken connection is made anew and the reading goes on behind the last record it had. After so many ms without
   * success it rejects with the last reason. Default 120,000.
   */
  readonly resumeTimeoutMs?: number;
}

export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** Views of the batch that the record came in: copy what outlives the loop's body for long. */
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | null>>;
}

/** Records that arrived together, in order. */
export interface ReceivedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ReceivedRecord[];
  /** The partition's high watermark as of this batch: how far behind the reader is. */
  readonly highWatermark: number;
}
