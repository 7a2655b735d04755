import { assert } from "../assert.ts";
import type { MaybePromise } from "../maybe-promise.ts";

export interface PipeOptions {
  /** Items, and bytes as given to `push`, that may wait; at least one item always may. */
  readonly itemsMax: number;
  readonly bytesMax?: number;
  /** The reader left before the end: nothing that is pushed will be read. */
  readonly onAbandoned?: () => void;
}

interface Item<T> {
  readonly value: T;
  readonly sizeBytes: number;
}

interface BlockedWriter<T> extends Item<T> {
  readonly admit: (taken: boolean) => void;
}

interface WaitingReader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A bounded queue between writers and one reader, who iterates it. Unlike a generator it can be written from
 * callbacks, and `return` takes effect at once, also while a `next` is waiting. It holds for one `next` at a time.
 */
export class Pipe<T> implements AsyncIterableIterator<T, undefined> {
  readonly #options: PipeOptions;
  readonly #items: Item<T>[] = [];
  readonly #blocked: BlockedWriter<T>[] = [];
  #sizeBytes = 0;
  #reader: WaitingReader<T> | undefined;
  #ended = false;
  #error: { readonly thrown: unknown } | undefined;

  constructor(options: PipeOptions) {
    assert(options.itemsMax > 0, "pipe without room");
    this.#options = options;
  }

  /** True, now or when there is room: the reader will get it. False: nobody will; stop writing. */
  push(value: T, sizeBytes = 0): MaybePromise<boolean> {
    if (this.#ended) return false;
    if (this.#reader !== undefined) {
      this.#takeReader().resolve({ done: false, value });
      return true;
    }
    if (this.#hasRoom()) {
      this.#enqueue({ value, sizeBytes });
      return true;
    }
    return new Promise((admit) => this.#blocked.push({ value, sizeBytes, admit }));
  }

  /** Takes it only if the reader or a free place is there. */
  tryPush(value: T, sizeBytes = 0): boolean {
    return (this.#reader !== undefined || this.#hasRoom()) && this.push(value, sizeBytes) === true;
  }

  /** No more will come. The reader gets what was accepted before, then the end or this error. */
  end(failure?: { readonly thrown: unknown }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = failure;
    this.#refuseBlocked();
    if (this.#reader !== undefined) this.#settle(this.#takeReader());
  }

  /** Ends it for the reader at once: what it has not read yet is dropped. */
  abort(thrown: unknown): void {
    const hadEnded = this.#ended && this.#items.length === 0;
    this.#drop();
    if (hadEnded) return;
    this.#ended = false;
    this.end({ thrown });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    assert(this.#reader === undefined, "pipe read twice at once");
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#sizeBytes -= item.sizeBytes;
      this.#admitBlocked();
      return Promise.resolve({ done: false, value: item.value });
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#settle({ resolve, reject });
      else this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const abandoned = !this.#ended;
    this.#drop();
    this.#error = undefined;
    this.end();
    if (abandoned) this.#options.onAbandoned?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #hasRoom(): boolean {
    const { itemsMax, bytesMax = Number.POSITIVE_INFINITY } = this.#options;
    return this.#items.length === 0 || (this.#items.length < itemsMax && this.#sizeBytes < bytesMax);
  }

  #enqueue(item: Item<T>): void {
    this.#items.push(item);
    this.#sizeBytes += item.sizeBytes;
  }

  #admitBlocked(): void {
    while (this.#blocked.length > 0 && this.#hasRoom()) {
      const writer = this.#blocked.shift() as BlockedWriter<T>;
      this.#enqueue(writer);
      writer.admit(true);
    }
  }

  #refuseBlocked(): void {
    for (const writer of this.#blocked.splice(0)) writer.admit(false);
  }

  #drop(): void {
    this.#items.length = 0;
    this.#sizeBytes = 0;
  }

  #takeReader(): WaitingReader<T> {
    const reader = this.#reader as WaitingReader<T>;
    this.#reader = undefined;
    return reader;
  }

  /** An error is told once; after it the iteration is simply over, as with generators. */
  #settle(reader: WaitingReader<T>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error.thrown);
  }
}
