import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ProduceRequest, ProduceResponseSchema, ProduceResultSchema } from "@millrace/proto/broker";
import { ApiError, Pipe, toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { itemError } from "../core/admin/admin-item.ts";
import { ledPartition } from "../core/led-partition.ts";
import type { Acks } from "../core/partition.ts";
import { type ProduceOutcome, produce } from "../core/produce.ts";
import type { RequestContext } from "../request-context.ts";
import { asBuffer } from "./as-buffer.ts";
import { sliceBatches } from "./batch-slices.ts";
import { OpenPartitions, type PartitionName } from "./open-partitions.ts";

type Response = MessageInitShape<typeof ProduceResponseSchema>;
type Result = MessageInitShape<typeof ProduceResultSchema>;

/** Requests of one stream that are not answered. At the bound no more is read, so that the client's side fills up. */
const UNANSWERED_MAX = 256;
const RESPONSES_WAITING_MAX = 64;

/**
 * One stream of produce requests, answered as their records become as safe as `acks` asks for. What is wrong with one
 * partition is in its result; a request that cannot be read ends the stream with INVALID_REQUEST.
 */
export function produceStream(
  serving: Promise<Broker>,
  requests: AsyncIterable<ProduceRequest>,
  context: RequestContext,
): AsyncIterable<Response> {
  const responses = new Pipe<Response>({ itemsMax: RESPONSES_WAITING_MAX });
  serving
    .then((broker) => new ProduceStream(broker, context, responses).run(requests))
    .then(
      () => responses.end(),
      (thrown: unknown) => responses.end({ thrown }),
    );
  return responses;
}

class ProduceStream {
  readonly #broker: Broker;
  readonly #context: RequestContext;
  readonly #responses: Pipe<Response>;
  readonly #open = new OpenPartitions();
  #unanswered = 0;
  /** The client is over its quota: it is not read, whether or not it pauses by itself (KIP-219). */
  #muted = false;
  /** Called when one request more was answered, or the client may be read again. */
  #answered: (() => void) | undefined;

  constructor(broker: Broker, context: RequestContext, responses: Pipe<Response>) {
    this.#broker = broker;
    this.#context = context;
    this.#responses = responses;
  }

  /** Resolves when the client has no more requests and all of them were answered. */
  async run(requests: AsyncIterable<ProduceRequest>): Promise<void> {
    for await (const request of requests) {
      await this.#until(() => this.#unanswered < UNANSWERED_MAX && !this.#muted);
      const bytes = await this.#takeBytes(request.batches.length);
      this.#unanswered++;
      try {
        this.#produce(request, (response) => void this.#answer(response, bytes));
      } catch (error) {
        this.#broker.budget.give(bytes);
        throw error;
      }
    }
    await this.#until(() => this.#unanswered === 0);
  }

  /** In the order of the requests: offsets are given before it returns. Throws before anything of it was appended. */
  #produce(request: ProduceRequest, answer: (response: Response) => void): void {
    const { correlationId, slices } = request;
    const startedMs = this.#broker.runtime.clocks.liveness.monotonicMs();
    for (const { handle, topic, partition } of request.open) this.#open.open(handle, { topic, partition });
    const batches = sliceBatches(slices, asBuffer(request.batches));
    const partitions = slices.map(({ partitionHandle }) => this.#open.get(partitionHandle));
    const results: Result[] = [];
    let waiting = slices.length + 1;
    const settle = () => {
      if (--waiting > 0) return;
      const { quotas, runtime } = this.#broker;
      const throttleMs = Math.max(
        quotas.recordBytes(this.#context, "produce", request.batches.length),
        quotas.recordRequest(this.#context, runtime.clocks.liveness.monotonicMs() - startedMs),
      );
      this.#mute(throttleMs);
      answer({ correlationId, results, throttleMs: Math.ceil(throttleMs) });
    };
    for (const [i, partition] of partitions.entries()) {
      this.#append(partition, batches[i]!, request.acks, (result) => {
        results[i] = result;
        settle();
      });
    }
    settle();
  }

  #append(
    { topic, partition: index }: PartitionName,
    batch: Buffer,
    acks: number,
    done: (result: Result) => void,
  ): void {
    const { metadata, replicas, authorizer } = this.#broker;
    try {
      if (acks !== 1 && acks !== -1) throw new ApiError("INVALID_REQUIRED_ACKS");
      if (!authorizer.isAllowed(this.#context, "WRITE", "topic", topic)) {
        throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
      }
      const partition = ledPartition(metadata.image, replicas, topic, index);
      const options = { acks: acks as Acks, zstdAllowed: true };
      produce(this.#broker, partition, batch, options, (outcome) => done(resultOf(outcome)));
    } catch (error) {
      done({ error: itemError(toApiError(error)) });
    }
  }

  #mute(durationMs: number): void {
    if (durationMs <= 0 || this.#muted) return;
    this.#muted = true;
    this.#broker.runtime.clocks.liveness.setTimer(durationMs, () => {
      this.#muted = false;
      this.#answered?.();
    });
  }

  async #answer(response: Response, bytes: number): Promise<void> {
    this.#broker.budget.give(bytes);
    await this.#responses.push(response);
    this.#unanswered--;
    this.#answered?.();
  }

  /** Waits while the process holds as much as it may. Returns what has to be given back. */
  async #takeBytes(wanted: number): Promise<number> {
    const { budget } = this.#broker;
    const bytes = Math.min(wanted, budget.limitBytes);
    if (!budget.tryTake(bytes)) {
      await new Promise<void>((taken) => {
        budget.whenRoom(bytes, taken);
      });
    }
    return bytes;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#answered = resolve;
      });
    }
  }
}

function resultOf(outcome: ProduceOutcome): Result {
  if (outcome.failure !== undefined) return { error: itemError(outcome.failure) };
  const { baseOffset, logAppendTimeMs } = outcome;
  return { baseOffset: BigInt(baseOffset), logAppendTimeMs: BigInt(logAppendTimeMs) };
}
