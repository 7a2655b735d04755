import { decodeBatches } from "@millrace/kafka-protocol";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { listOffsetsApi } from "@millrace/kafka-protocol/messages/list-offsets";
import { KafkaConnection } from "../harness/index.ts";

export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  /** `key=value`. */
  readonly headers: readonly string[];
}

const EARLIEST = -2;
const FIRST_VERSION_OF_SESSIONS = 7;

/** What a partition holds from its first offset on, as far as one response goes: over the wire, past any client. */
export async function readPartition(
  bootstrap: string,
  topic: string,
  partition: number,
): Promise<readonly ReadRecord[]> {
  await using connection = await KafkaConnection.open(bootstrap);
  const fetch = async (fetchOffset: number) => {
    const partitions = [{ partition, fetchOffset, partitionMaxBytes: 10_000_000 }];
    const response = await connection.call(fetchApi, FIRST_VERSION_OF_SESSIONS, {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 10_000_000, sessionEpoch: -1 },
      ...{ topics: [{ topic, partitions }], forgottenTopicsData: [] },
    });
    const answer = response.responses[0]?.partitions[0];
    if (answer === undefined) throw new Error("the response names no partition");
    return answer;
  };
  const { topics } = await connection.call(listOffsetsApi, 1, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: EARLIEST }] }],
  });
  const start = Number(topics[0]?.partitions[0]?.offset);
  const { errorCode, records } = await fetch(start);
  if (errorCode !== 0) throw new Error(`fetching ${topic}-${partition} was answered ${errorCode}`);
  const text = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString());
  return [...decodeBatches(records ?? Buffer.alloc(0))]
    .flatMap((batch) => batch.records)
    .filter(({ offset }) => Number(offset) >= start)
    .map(({ offset, timestamp, key, value, headers }) => ({
      offset: Number(offset),
      timestamp: Number(timestamp),
      key: text(key),
      value: text(value),
      headers: headers.map((header) => `${header.key}=${text(header.value)}`),
    }));
}
