/** What of a topic's configuration the log itself obeys; Kafka's names in camel case. All of it may change while open. */
export interface LogConfig {
  /** `segment.bytes`: a batch that would grow a segment beyond this starts the next one. */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment whose first batch is this much older than the next one ends before that. */
  readonly segmentMs: number;
  /** `segment.index.bytes`: bound of an offset index file; a segment whose index is full ends. */
  readonly segmentIndexBytes: number;
  /** `index.interval.bytes`: how much log lies between two index entries. */
  readonly indexIntervalBytes: number;
  /** `retention.ms`: by the largest timestamp of a segment. -1: for ever. */
  readonly retentionMs: number;
  /** `retention.bytes`: -1: no limit. */
  readonly retentionBytes: number;
  /** `cleanup.policy`: retention applies to `delete`; a log that is only compacted keeps everything. */
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  /** `file.delete.delay.ms`: from the renaming of a deleted file to its removal. */
  readonly fileDeleteDelayMs: number;
  /** `message.timestamp.type`: `logAppend` stamps the append time into every batch, which renews its CRC. */
  readonly messageTimestampType: "create" | "logAppend";
  /** `flush.messages`: 1 makes one fsync for all that is pending before the log end moves; Infinity never waits. */
  readonly flushMessages: number;
  /** `flush.ms`: how long after a write it is on the platter at the latest; Infinity leaves it to the kernel. */
  readonly flushMs: number;
}

/** Apache Kafka 4.3.1's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4_096,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  cleanupPolicy: { delete: true, compact: false },
  fileDeleteDelayMs: 60_000,
  messageTimestampType: "create",
  flushMessages: Number.POSITIVE_INFINITY,
  flushMs: Number.POSITIVE_INFINITY,
};
