/** Bytes as they are, or text in UTF-8. */
export type Payload = Uint8Array | string;

export interface ProducerRecord {
  readonly topic: string;
  /** Left out: by the key's hash; without a key, batch by batch over all partitions. */
  readonly partition?: number;
  readonly key?: Payload | null;
  readonly value: Payload | null;
  readonly headers?: Readonly<Record<string, Payload | null>>;
  /** Milliseconds since the epoch. Left out: now. */
  readonly timestampMs?: number;
}

/** Where a record went. */
export interface SentRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The record's own, or the log's where the topic says so. */
  readonly timestampMs: number;
}

/** As it goes into a batch. */
export const payloadBytes = (payload: Payload | null | undefined): Uint8Array | null =>
  payload === undefined || payload === null
    ? null
    : typeof payload === "string"
      ? Buffer.from(payload)
      : payload;
