import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HelloSchema, MessageBatchSchema } from "@millrace/proto/raft";
import { encodeBatch } from "./encode-batch.ts";
import type { SendQueue } from "./send-queue.ts";

type Batch = MessageInitShape<typeof MessageBatchSchema>;
type Result = IteratorResult<Batch, undefined>;

const ended: Result = { done: true, value: undefined };

/**
 * What one stream sends: first who it is from and for, then whatever waits in the queue each time that the transport
 * takes the next batch. So the slower the stream, the more goes into one batch.
 */
export class BatchStream implements AsyncIterableIterator<Batch, undefined> {
  readonly #queue: SendQueue;
  #hello: MessageInitShape<typeof HelloSchema> | undefined;
  #reader: ((result: Result) => void) | undefined;
  #isOver = false;

  constructor(queue: SendQueue, hello: MessageInitShape<typeof HelloSchema>) {
    this.#queue = queue;
    this.#hello = hello;
  }

  /** Something was put into the queue. What the same turn puts there too goes with it. */
  wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    queueMicrotask(() => reader(this.#take()));
  }

  next(): Promise<Result> {
    if (this.#isOver || this.#hello !== undefined || !this.#queue.isEmpty)
      return Promise.resolve(this.#take());
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  return(): Promise<Result> {
    this.#isOver = true;
    this.#reader?.(ended);
    this.#reader = undefined;
    return Promise.resolve(ended);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Result {
    if (this.#isOver) return ended;
    const batch = encodeBatch(this.#queue.take());
    const hello = this.#hello;
    this.#hello = undefined;
    return { done: false, value: hello === undefined ? batch : { ...batch, hello } };
  }
}
