import { recordCount, sizeInBytes } from "@millrace/kafka-protocol";
import { ApiError } from "@millrace/runtime";
import type {
  AdminTransport,
  AppendOutcome,
  FetchedBatches,
  FetchFrom,
  PartitionBatch,
  Transport,
} from "../transport/transport.ts";

/** A broker of topics in memory: what was produced, with offsets, and refusals on demand. */
export class FakeTransport implements Transport {
  readonly produced: PartitionBatch[] = [];
  readonly admin: AdminTransport;
  /** What `fetch` pushes, whatever the partition. An error breaks the stream there; the next one goes on behind it. */
  readonly pushes: (FetchedBatches | ApiError)[] = [];
  readonly fetches: FetchFrom[] = [];
  readonly #nextOffsets = new Map<string, number>();
  readonly #refusals: ApiError[] = [];

  constructor(partitions: Readonly<Record<string, number>>) {
    this.admin = fakeAdmin(partitions);
  }

  /** The next requests are refused so, in turn; nothing of them is kept. */
  refuseNext(...errors: readonly ApiError[]): void {
    this.#refusals.push(...errors);
  }

  produce(batches: readonly PartitionBatch[]): Promise<readonly AppendOutcome[]> {
    return Promise.resolve(batches.map((batch) => this.#append(batch)));
  }

  /** Ends, as of a broker that shuts down, when there is no more to push. */
  async *fetch(from: FetchFrom): AsyncGenerator<FetchedBatches, void> {
    this.fetches.push(from);
    for (let push = this.pushes.shift(); push !== undefined; push = this.pushes.shift()) {
      if (push instanceof ApiError) throw push;
      yield push;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #append(batch: PartitionBatch): AppendOutcome {
    const error = this.#refusals.shift();
    if (error !== undefined) return { error };
    if (sizeInBytes(batch.batch, 0) !== batch.batch.length) throw new Error("not one whole batch");
    const key = `${batch.topic}:${batch.partition}`;
    const baseOffset = this.#nextOffsets.get(key) ?? 0;
    this.#nextOffsets.set(key, baseOffset + recordCount(batch.batch, 0));
    this.produced.push(batch);
    return { error: undefined, baseOffset, logAppendTimeMs: -1 };
  }
}

function fakeAdmin(partitions: Readonly<Record<string, number>>): AdminTransport {
  const notNeeded = () => Promise.reject(new Error("the fake broker does not serve this"));
  return {
    createTopics: notNeeded,
    deleteTopics: notNeeded,
    createPartitions: notNeeded,
    describeCluster: notNeeded,
    deleteRecords: notNeeded,
    describeQuorum: notNeeded,
    addVoter: notNeeded,
    removeVoter: notNeeded,
    moveController: notNeeded,
    describeTopics: (names) =>
      Promise.resolve(
        names.map((name) => {
          const count = partitions[name];
          if (count === undefined) return new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
          const infos = Array.from({ length: count }, (_, partition) => ({ partition, leader: 1 }));
          return { name, topicId: "", internal: false, partitions: infos };
        }),
      ),
    listOffsets: (queries) =>
      Promise.resolve(queries.map(({ at }) => ({ offset: at === "latest" ? 100 : 0, timestampMs: -1 }))),
  };
}
