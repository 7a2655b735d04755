import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { KafkaConnection } from "../harness/index.ts";

/** Kafka's codes: what was asked for is so. */
const NONE = 0;
const TOPIC_ALREADY_EXISTS = 36;

/** What a broker may take before it answers, in milliseconds: longer than any quorum is away here. */
const TIMEOUT_MS = 30_000;

/** Creates one topic after the other through a broker, each until the answer is clear. */
export class TopicCreator {
  /** When each was acknowledged, by `performance.now()`, in order. */
  readonly acknowledged = new Map<string, number>();
  /** Answers that were neither, and made it ask again. */
  readonly repeatedFor: number[] = [];
  readonly #bootstrap: string;
  readonly #prefix: string;
  readonly #done: Promise<void>;
  #stopped = false;

  constructor(bootstrap: string, prefix: string) {
    this.#bootstrap = bootstrap;
    this.#prefix = prefix;
    this.#done = this.#run();
    this.#done.catch(() => {}); // told by `stop`
  }

  /** Resolves when the last topic is acknowledged; rejects when the broker broke the connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    await using connection = await KafkaConnection.open(this.#bootstrap);
    for (let next = 0; !this.#stopped; next++) {
      const name = `${this.#prefix}-${next}`;
      for (;;) {
        const errorCode = await create(connection, name);
        if (errorCode === NONE || errorCode === TOPIC_ALREADY_EXISTS) break;
        this.repeatedFor.push(errorCode);
      }
      this.acknowledged.set(name, performance.now());
    }
  }
}

async function create(connection: KafkaConnection, name: string): Promise<number> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const request = { topics: [topic], timeoutMs: TIMEOUT_MS, validateOnly: false };
  const { topics } = await connection.call(createTopicsApi, 7, request);
  return topics[0]!.errorCode;
}
