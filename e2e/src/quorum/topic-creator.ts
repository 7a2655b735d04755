import { createPartitionsApi } from "@millrace/kafka-protocol/messages/create-partitions";
import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { deleteTopicsApi } from "@millrace/kafka-protocol/messages/delete-topics";
import { KafkaConnection } from "../harness/index.ts";

/** What a broker may take before it answers, in milliseconds: longer than any quorum is away here. */
const TIMEOUT_MS = 30_000;

/** Kafka's codes: it was done now, or by an attempt whose answer was lost. */
const codes = {
  done: 0,
  unknownTopic: 3,
  topicAlreadyExists: 36,
  invalidPartitions: 37,
} as const;

export interface TopicCreatorOptions {
  /** Of every three topics one gets a second partition, and one is deleted again. */
  readonly changesThem?: boolean;
}

/** Creates one topic after the other through a broker, each until the answer is clear. */
export class TopicCreator {
  /** When each was acknowledged, by `performance.now()`, in order. */
  readonly acknowledged = new Map<string, number>();
  /** The topics that have to be there, with their numbers of partitions. */
  readonly partitions = new Map<string, number>();
  /** Answers that left it open whether it was done, so that it was asked again. */
  readonly repeatedFor: number[] = [];
  readonly #done: Promise<void>;
  #stopped = false;

  /** `bootstrap` is `host:port` of a broker. */
  constructor(bootstrap: string, prefix: string, { changesThem = false }: TopicCreatorOptions = {}) {
    this.#done = this.#run(bootstrap, prefix, changesThem);
    this.#done.catch(() => {}); // told by `stop`
  }

  /** Resolves when what it began is acknowledged; rejects when the broker broke the connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(bootstrap: string, prefix: string, changesThem: boolean): Promise<void> {
    await using connection = await KafkaConnection.open(bootstrap);
    for (let next = 0; !this.#stopped; next++) {
      const name = `${prefix}-${next}`;
      await this.#until(codes.topicAlreadyExists, () => create(connection, name));
      this.acknowledged.set(name, performance.now());
      this.partitions.set(name, 1);
      if (!changesThem || next % 3 === 0) continue;
      if (next % 3 === 1) {
        await this.#until(codes.invalidPartitions, () => grow(connection, name));
        this.partitions.set(name, 2);
      } else {
        await this.#until(codes.unknownTopic, () => remove(connection, name));
        this.partitions.delete(name);
      }
    }
  }

  async #until(doneBefore: number, attempt: () => Promise<number>): Promise<void> {
    for (;;) {
      const code = await attempt();
      if (code === codes.done || code === doneBefore) return;
      this.repeatedFor.push(code);
    }
  }
}

async function create(connection: KafkaConnection, name: string): Promise<number> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const request = { topics: [topic], timeoutMs: TIMEOUT_MS, validateOnly: false };
  const { topics } = await connection.call(createTopicsApi, 7, request);
  return topics[0]!.errorCode;
}

async function grow(connection: KafkaConnection, name: string): Promise<number> {
  const topics = [{ name, count: 2, assignments: null }];
  const request = { topics, timeoutMs: TIMEOUT_MS, validateOnly: false };
  const { results } = await connection.call(createPartitionsApi, 3, request);
  return results[0]!.errorCode;
}

async function remove(connection: KafkaConnection, name: string): Promise<number> {
  const request = { topics: [{ name, topicId: "AAAAAAAAAAAAAAAAAAAAAA" }], timeoutMs: TIMEOUT_MS };
  const { responses } = await connection.call(deleteTopicsApi, 6, request);
  return responses[0]!.errorCode;
}
