import type { MetadataImage } from "@millrace/controller";

interface Waiter {
  readonly offset: number;
  readonly applied: () => void;
}

/** The metadata as this broker has applied it. */
export class BrokerMetadata {
  #image: MetadataImage;
  #waiters: Waiter[] = [];

  constructor(image: MetadataImage) {
    this.#image = image;
  }

  /** Take it once a request: it may be a later one after an `await`. */
  get image(): MetadataImage {
    return this.#image;
  }

  /** After partitions follow `image`: whoever waits for it can use what was created. */
  publish(image: MetadataImage): void {
    this.#image = image;
    const due = this.#waiters.filter(({ offset }) => offset <= image.offset);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter(({ offset }) => offset > image.offset);
    for (const { applied } of due) applied();
  }

  /** Resolves once everything up to `offset` of the metadata log is applied here; the answer to an admin waits for it. */
  whenApplied(offset: number): Promise<void> {
    if (offset <= this.#image.offset) return Promise.resolve();
    return new Promise((applied) => {
      this.#waiters.push({ offset, applied });
    });
  }
}
