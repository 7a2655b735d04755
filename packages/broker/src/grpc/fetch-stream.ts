import type { MessageInitShape } from "@bufbuild/protobuf";
import type { FetchRequest, FetchResponseSchema } from "@millrace/proto/broker";
import { sleep } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import type { RequestContext } from "../request-context.ts";
import { FetchReader, type Push } from "./fetch-reader.ts";
import { HeldReads } from "./held-reads.ts";
import { checkHandle } from "./open-partitions.ts";

type Response = MessageInitShape<typeof FetchResponseSchema>;

/** Record bytes of one message, so that many partitions share a stream fairly; a single larger batch goes alone. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

/**
 * One stream of pushes: what the started partitions get is sent as soon as it may be seen, within the client's credit.
 * Nobody polls: a partition whose end was reached is looked at again when one of its watermarks moves.
 */
export async function* fetchStream(
  serving: Promise<Broker>,
  requests: AsyncIterable<FetchRequest>,
  context: RequestContext,
  signal: AbortSignal,
): AsyncGenerator<Response, void> {
  const stream = new FetchStream(await serving, context);
  const over = () => stream.end(undefined);
  signal.addEventListener("abort", over, { once: true });
  stream.follow(requests).then(over, (thrown: unknown) => stream.end({ thrown }));
  try {
    yield* stream.pushes();
  } finally {
    signal.removeEventListener("abort", over);
    over();
  }
}

class FetchStream {
  readonly #broker: Broker;
  readonly #context: RequestContext;
  readonly #readers = new Map<number, FetchReader>();
  /** Readers that may have something, the longest waiting first. */
  readonly #ready = new Set<FetchReader>();
  #creditBytes = 0;
  #ended = false;
  #failure: { readonly thrown: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(broker: Broker, context: RequestContext) {
    this.#broker = broker;
    this.#context = context;
  }

  /** Takes the client's wishes until it has no more; then nothing is sent any longer. */
  async follow(requests: AsyncIterable<FetchRequest>): Promise<void> {
    for await (const { start, stop, creditBytes } of requests) {
      for (const handle of stop) this.#stop(handle);
      for (const { handle, topic, partition, offset, readCommitted } of start) {
        checkHandle(handle);
        this.#stop(handle);
        const from = { handle, topic, partition, offset: Number(offset), readCommitted };
        const reader = new FetchReader(this.#broker, this.#context, from, (ready) => this.#isReady(ready));
        this.#readers.set(handle, reader);
        this.#ready.add(reader);
      }
      // More than that much ahead is the same as no limit.
      this.#creditBytes = Math.min(Number.MAX_SAFE_INTEGER, this.#creditBytes + Number(creditBytes));
      this.#wake?.();
    }
  }

  end(failure: { readonly thrown: unknown } | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    for (const handle of [...this.#readers.keys()]) this.#stop(handle);
    this.#wake?.();
  }

  async *pushes(): AsyncGenerator<Response, void> {
    const { budget, metrics } = this.#broker;
    while (!this.#ended) {
      const { response, bytes } = await this.#gather();
      if (response === undefined) {
        await this.#untilWoken();
        continue;
      }
      // Until the next one is asked for there are the message and what it is on the wire.
      const heldBytes = 2 * bytes;
      budget.takeOverLimit(heldBytes);
      try {
        yield response;
      } finally {
        budget.give(heldBytes);
      }
      metrics.millrace_broker_fetched_bytes_total.add(bytes);
      const pauseMs = this.#broker.quotas.recordBytes(this.#context, "fetch", bytes);
      if (pauseMs > 0) await sleep(this.#broker.runtime.clocks.liveness, pauseMs);
    }
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }

  /** One message of what there is now, from as many partitions as fit. */
  async #gather(): Promise<{ readonly response: Response | undefined; readonly bytes: number }> {
    const held = new HeldReads(this.#broker.budget);
    try {
      const pushes = await this.#read(held);
      const bytes = pushes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return { response: pushes.length === 0 ? undefined : responseOf(pushes), bytes };
    } finally {
      held.release();
    }
  }

  async #read(held: HeldReads): Promise<readonly Push[]> {
    const pushes: Push[] = [];
    /** Readers that may have more, and wait until the others had their turn. */
    const served: FetchReader[] = [];
    let bytes = 0;
    for (const reader of [...this.#ready]) {
      const room = Math.min(this.#creditBytes, MESSAGE_BYTES_MAX - bytes);
      if (room <= 0) break;
      this.#ready.delete(reader);
      const push = await held.read(reader, room, bytes === 0);
      if (reader.stopped) continue; // it was stopped while it read
      if (push.failed) this.#stop(reader.handle);
      else if (push.sizeBytes > 0) served.push(reader);
      else if (push.didNotFit) this.#ready.add(reader);
      if (push.sizeBytes > 0 || push.news !== undefined) pushes.push(push);
      bytes += push.sizeBytes;
      this.#creditBytes -= push.sizeBytes;
    }
    for (const reader of served) if (!reader.stopped) this.#ready.add(reader);
    return pushes;
  }

  #isReady(reader: FetchReader): void {
    this.#ready.add(reader);
    this.#wake?.();
  }

  #stop(handle: number): void {
    const reader = this.#readers.get(handle);
    if (reader === undefined) return;
    reader.stop();
    this.#readers.delete(handle);
    this.#ready.delete(reader);
  }

  /** Unless there is something to do already. */
  async #untilWoken(): Promise<void> {
    if (this.#ended || (this.#ready.size > 0 && this.#creditBytes > 0)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

/** A copy: in one process the client gets the message itself, and may keep it for as long as it likes. */
function responseOf(pushes: readonly Push[]): Response {
  const withRecords = pushes.filter(({ sizeBytes }) => sizeBytes > 0);
  const batches = Buffer.concat(withRecords.flatMap((push) => push.batches));
  return {
    slices: withRecords.map(({ handle, sizeBytes }) => ({ partitionHandle: handle, sizeBytes })),
    batches,
    news: pushes.flatMap(({ news }) => (news === undefined ? [] : [news])),
  };
}
