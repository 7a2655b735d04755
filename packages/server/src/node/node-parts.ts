import { ApiError } from "@millrace/runtime";

interface Closable {
  close(): Promise<void>;
}

/** What a node has opened so far, to be closed in the opposite order, however far its start came. */
export class NodeParts {
  readonly #opened = new AsyncDisposableStack();
  #closing: Promise<void> | undefined;

  /** Takes the part over once it is open. One that opens after `close` is closed at once, and this rejects. */
  async add<P extends Closable>(opening: Promise<P>): Promise<P> {
    const part = await opening;
    if (this.#closing === undefined) {
      this.defer(() => part.close());
      return part;
    }
    await part.close();
    throw new ApiError("BROKER_NOT_AVAILABLE", { detail: "the node is closing" });
  }

  /** Two that open side by side, in the order in which they close: neither is lost when the other fails. */
  async addBoth<A extends Closable, B extends Closable>(
    closesFirst: Promise<A>,
    closesSecond: Promise<B>,
  ): Promise<[A, B]> {
    const outcomes = await Promise.allSettled([closesFirst, closesSecond]);
    const [first, second] = outcomes;
    if (second.status === "fulfilled") await this.add(closesSecond);
    if (first.status === "fulfilled") await this.add(closesFirst);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    return [await closesFirst, await closesSecond];
  }

  /** For what has another word for it than `close`. Before `close` only. */
  defer(end: () => void | Promise<void>): void {
    this.#opened.defer(end);
  }

  /** Calls after the first wait for the same. Rejects, after all were tried, when one does not close in order. */
  close(): Promise<void> {
    this.#closing ??= this.#opened.disposeAsync();
    return this.#closing;
  }
}
