import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** int64 values are decimal strings, bytes base64. */
export interface GoldenRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
}

export interface GoldenBatch {
  readonly baseOffset: string;
  readonly lastOffset: string;
  readonly partitionLeaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly compression: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  readonly timestampType: "NoTimestampType" | "CreateTime" | "LogAppendTime";
  readonly maxTimestamp: string;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly deleteHorizonMs: string | null;
  readonly records: readonly GoldenRecord[];
}

export interface GoldenBatches {
  readonly name: string;
  readonly bytes: Buffer;
  readonly batches: readonly GoldenBatch[];
}

/** Batches that Apache Kafka 4.3.1's own classes wrote, with what they hold. */
export const goldenBatches: readonly GoldenBatches[] = gunzipSync(
  readFileSync(new URL("../fixtures/kafka-4.3.1-batches.ndjson.gz", import.meta.url)),
)
  .toString()
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as { name: string; hex: string; batches: GoldenBatch[] })
  .map(({ name, hex, batches }) => ({ name, bytes: Buffer.from(hex, "hex"), batches }));
