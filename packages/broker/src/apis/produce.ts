// Produce, versions 3-13. KIP-98 (3: batches v2), KIP-110 (7: zstd), KIP-467 (8: errors by record), KIP-951 (10:
// leader hints), KIP-516 (13: topic ids).
import {
  type PartitionProduceResponseInput,
  type ProduceRequest,
  type ProduceResponseInput,
  produceApi,
} from "@millrace/kafka-protocol/messages/produce";
import { ApiError, type Timer } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { ledPartition } from "../core/led-partition.ts";
import type { Acks } from "../core/partition.ts";
import { produce as produceBatch } from "../core/produce.ts";
import { CloseConnection } from "../kafka-listener/answer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";
import { failedPartition, producedPartition } from "./produce-response.ts";

const ZSTD_SINCE = 7;
const BY_ID_SINCE = 13;

export const produce = defineApi({
  api: produceApi,
  // Versions 0-2 are refused when used, but old librdkafka takes a minimum above 0 for a broker that cannot compress
  // (KAFKA-18659).
  versions: { min: 3, max: 13, advertisedMin: 0 },
  needsFrameUntil: "handled",
  handle(request, context, broker) {
    return new Promise<ProduceResponseInput | undefined>((resolve, reject) => {
      new ProduceCall(request, context, broker, resolve, reject).start();
    });
  },
});

type Topic = ProduceRequest["topicData"][number];

/** One request under way: its partitions are answered together, when the last one is done. */
class ProduceCall {
  readonly #request: ProduceRequest;
  readonly #context: KafkaRequestContext;
  readonly #broker: Broker;
  readonly #resolve: (response: ProduceResponseInput | undefined) => void;
  readonly #reject: (error: Error) => void;
  readonly #topics: { readonly topic: Topic; readonly partitions: PartitionProduceResponseInput[] }[] = [];
  /** Partitions that are not done, and `start` itself. */
  #waiting = 1;
  #timer: Timer | undefined;
  #failed = false;

  constructor(
    request: ProduceRequest,
    context: KafkaRequestContext,
    broker: Broker,
    resolve: (response: ProduceResponseInput | undefined) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#context = context;
    this.#broker = broker;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { acks, topicData } = this.#request;
    const refusal = this.#refusal();
    for (const topic of topicData) {
      const partitions: PartitionProduceResponseInput[] = [];
      this.#topics.push({ topic, partitions });
      for (const [place, { index, records }] of topic.partitionData.entries()) {
        const done = (result: PartitionProduceResponseInput) => {
          if (partitions[place] !== undefined) return; // its time was over
          partitions[place] = result;
          if (result.errorCode !== 0) this.#failed = true;
          this.#settle();
        };
        this.#waiting++;
        if (refusal === undefined) this.#produce(topic, index, records, acks as Acks, done);
        else done(failedPartition(index, refusal, this.#context.apiVersion));
      }
    }
    this.#settle();
    if (this.#waiting === 0 || acks !== -1) return;
    const { liveness } = this.#broker.runtime.clocks;
    this.#timer = liveness.setTimer(Math.max(0, this.#request.timeoutMs), () => this.#expire());
  }

  /** The batches are appended and stay so; whether they are safe is not known (`request.timeout.ms`). */
  #expire(): void {
    const failure = new ApiError("REQUEST_TIMED_OUT");
    for (const { topic, partitions } of this.#topics) {
      for (const [place, { index }] of topic.partitionData.entries()) {
        if (partitions[place] !== undefined) continue;
        partitions[place] = failedPartition(index, failure, this.#context.apiVersion);
        this.#settle();
      }
    }
  }

  /** What is wrong with the request as a whole, which every partition of it is then answered with. */
  #refusal(): ApiError | undefined {
    const { acks, transactionalId } = this.#request;
    if (acks !== 0 && acks !== 1 && acks !== -1) return new ApiError("INVALID_REQUIRED_ACKS");
    if (transactionalId === null) return undefined;
    const { authorizer } = this.#broker;
    return authorizer.isAllowed(this.#context, "WRITE", "transactionalId", transactionalId)
      ? undefined
      : new ApiError("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
  }

  #produce(
    topic: Topic,
    index: number,
    records: Buffer | null,
    acks: Acks,
    done: (result: PartitionProduceResponseInput) => void,
  ): void {
    const { apiVersion } = this.#context;
    try {
      const partition = this.#partition(topic, index);
      if (records === null)
        throw new ApiError("INVALID_RECORD", { detail: "no record batch for the partition" });
      const zstdAllowed = apiVersion >= ZSTD_SINCE;
      produceBatch(this.#broker, partition, records, { acks, zstdAllowed }, (outcome) =>
        done(
          outcome.failure === undefined
            ? producedPartition(index, outcome)
            : failedPartition(index, outcome.failure, apiVersion, partition.leadership),
        ),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      done(failedPartition(index, error, apiVersion));
    }
  }

  #partition(topic: Topic, index: number) {
    const { metadata, replicas, authorizer } = this.#broker;
    const { image } = metadata;
    let { name } = topic;
    if (this.#context.apiVersion >= BY_ID_SINCE) {
      const known = image.topicById(topic.topicId);
      if (known === undefined) throw new ApiError("UNKNOWN_TOPIC_ID");
      name = known.name;
    }
    if (!authorizer.isAllowed(this.#context, "WRITE", "topic", name)) {
      throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
    }
    return ledPartition(image, replicas, name, index);
  }

  #settle(): void {
    if (--this.#waiting > 0) return;
    this.#timer?.cancel();
    const { acks, topicData } = this.#request;
    let bytes = 0;
    for (const { partitionData } of topicData)
      for (const { records } of partitionData) bytes += records?.length ?? 0;
    this.#context.throttle(this.#broker.quotas.recordBytes(this.#context, "produce", bytes));
    if (acks === 0) {
      // Nobody waits for an answer: a closed connection is the only way to say that something went wrong.
      if (this.#failed) this.#reject(new CloseConnection("a produce request with acks=0 failed"));
      else this.#resolve(undefined);
      return;
    }
    this.#resolve({
      responses: this.#topics.map(({ topic: { name, topicId }, partitions }) => ({
        name,
        topicId,
        partitionResponses: partitions,
      })),
    });
  }
}
