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

  /** Those that open side by side, in the order in which they close: none is lost when another fails. */
  async addTogether<P extends readonly (Closable | undefined)[]>(
    ...openings: { readonly [K in keyof P]: Promise<P[K]> }
  ): Promise<P> {
    const outcomes = await Promise.allSettled<Closable | undefined>(openings);
    for (const outcome of outcomes.toReversed()) {
      const part = outcome.status === "fulfilled" ? outcome.value : undefined;
      if (part !== undefined) await this.add(Promise.resolve(part));
    }
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    return (await Promise.all(openings)) as unknown as P;
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
