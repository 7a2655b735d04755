import { RecordBatchBuilder } from "@millrace/kafka-protocol";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { KafkaConnection, waitUntil } from "../harness/index.ts";

const PRODUCE_VERSION = 9;
const ROUNDS = 20;

/** A produce request of one record, acknowledged by all. */
export function produceRequest(topic: string, value: Buffer) {
  const batch = new RecordBatchBuilder();
  batch.append(1_600_000_000_000, null, value);
  const partitionData = [{ index: 0, records: batch.build() }];
  return { acks: -1, timeoutMs: 30_000, topicData: [{ name: topic, partitionData }] };
}

export async function produce(connection: KafkaConnection, topic: string, value: Buffer) {
  const { responses } = await connection.call(produceApi, PRODUCE_VERSION, produceRequest(topic, value));
  const answer = responses[0]?.partitionResponses[0];
  if (answer === undefined) throw new Error("the response names no partition");
  return { errorCode: answer.errorCode, offset: Number(answer.baseOffset) };
}

/** A client that has nothing to do with it: it produces all the time, and counts what is acknowledged. */
export class Bystander implements AsyncDisposable {
  #served = 0;
  #stopped = false;
  #failure: unknown;
  readonly #connection: KafkaConnection;
  readonly #done: Promise<void>;

  private constructor(connection: KafkaConnection, topic: string) {
    this.#connection = connection;
    this.#done = this.#run(topic).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  static async start(bootstrap: string, topic: string): Promise<Bystander> {
    return new Bystander(await KafkaConnection.open(bootstrap), topic);
  }

  /** Resolves when it was served a number of times from now on; rejects when it was not. */
  async untilServed(): Promise<void> {
    const goal = this.#served + ROUNDS;
    await waitUntil(() => this.#served >= goal || this.#failure !== undefined, {
      until: "another client is served",
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#done;
    await this.#connection[Symbol.asyncDispose]();
  }

  async #run(topic: string): Promise<void> {
    while (!this.#stopped) {
      const { errorCode } = await produce(this.#connection, topic, Buffer.from("one record"));
      if (errorCode !== 0) throw new Error(`a bystander was answered ${errorCode}`);
      this.#served += 1;
    }
  }
}
