import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BrokerService, ProduceRequestSchema, ProduceResponse } from "@millrace/proto/broker";
import { ApiError, Pipe, type ServiceClient, toApiError } from "@millrace/runtime";
import type { Acks, AppendOutcome, PartitionBatch } from "../transport/transport.ts";
import { itemError } from "./item-error.ts";
import { PartitionHandles } from "./partition-handles.ts";

type Request = MessageInitShape<typeof ProduceRequestSchema>;

interface Parked {
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: ApiError) => void;
}

const REQUESTS_WAITING_MAX = 64;

/**
 * One bidirectional stream of produce requests. Requests are answered in any order and matched by number. When the
 * stream breaks, all that was unanswered fails: whether it was appended is unknown.
 */
export class ProduceStream {
  readonly #requests = new Pipe<Request>({ itemsMax: REQUESTS_WAITING_MAX });
  readonly #handles = new PartitionHandles();
  readonly #parked = new Map<number, Parked>();
  readonly #onEnd: () => void;
  #nextCorrelationId = 1;
  #failure: ApiError | undefined;

  /** `onEnd` is called once, when the stream can take nothing more. */
  constructor(client: ServiceClient<typeof BrokerService>, onEnd: () => void) {
    this.#onEnd = onEnd;
    void this.#receive(client.produce(this.#requests));
  }

  async send(batches: readonly PartitionBatch[], acks: Acks): Promise<readonly AppendOutcome[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const correlationId = this.#nextCorrelationId;
    this.#nextCorrelationId = (correlationId + 1) >>> 0;
    const answered = new Promise<readonly AppendOutcome[]>((resolve, reject) => {
      this.#parked.set(correlationId, { resolve, reject });
    });
    // Requests enter the pipe in the order of these calls, also those that wait there for room.
    const accepted = this.#requests.push(this.#encode(correlationId, batches, acks));
    if (!(await accepted)) this.#fail(this.#failure ?? new ApiError("NETWORK_EXCEPTION"));
    return await answered;
  }

  /** No more requests; those under way are still answered. */
  end(): void {
    this.#requests.end();
  }

  #encode(correlationId: number, batches: readonly PartitionBatch[], acks: Acks): Request {
    const open: { handle: number; topic: string; partition: number }[] = [];
    const slices = batches.map(({ topic, partition, batch }) => {
      const { handle, isNew } = this.#handles.of(topic, partition);
      if (isNew) open.push({ handle, topic, partition });
      return { partitionHandle: handle, sizeBytes: batch.length };
    });
    const [only] = batches;
    const bytes =
      batches.length === 1 && only !== undefined ? only.batch : Buffer.concat(batches.map((b) => b.batch));
    return { correlationId, open, acks: acks === "all" ? -1 : acks, slices, batches: bytes };
  }

  async #receive(responses: AsyncIterable<ProduceResponse>): Promise<void> {
    try {
      for await (const response of responses) {
        const parked = this.#parked.get(response.correlationId);
        this.#parked.delete(response.correlationId);
        parked?.resolve(response.results.map(outcomeOf));
      }
      this.#fail(new ApiError("NETWORK_EXCEPTION", { detail: "the broker ended the produce stream" }));
    } catch (error) {
      this.#fail(toApiError(error));
    }
  }

  #fail(error: ApiError): void {
    if (this.#failure === undefined) {
      this.#failure = error;
      this.#requests.end();
      this.#onEnd();
    }
    for (const parked of this.#parked.values()) parked.reject(error);
    this.#parked.clear();
  }
}

function outcomeOf(result: ProduceResponse["results"][number]): AppendOutcome {
  const error = itemError(result.error);
  if (error !== undefined) return { error };
  return {
    error: undefined,
    baseOffset: Number(result.baseOffset),
    logAppendTimeMs: Number(result.logAppendTimeMs),
  };
}
