import type { MetadataChanges, MetadataImage, TopicChange } from "@millrace/controller";

interface Step {
  readonly image: MetadataImage;
  readonly changes: MetadataChanges;
}

/**
 * Applies steps of the metadata one at a time. While one is being applied, those that come are joined into one, so that
 * a broker that opens files slower than topics are made is never more than two images behind.
 */
export class MetadataFollower {
  readonly #apply: (image: MetadataImage, changes: MetadataChanges) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #next: Step | undefined;
  #running: Promise<void> | undefined;

  /** `onFailure`: a step was not applied, and none will be after it. */
  constructor(
    apply: (image: MetadataImage, changes: MetadataChanges) => Promise<void>,
    onFailure: (error: unknown) => void,
  ) {
    this.#apply = apply;
    this.#onFailure = onFailure;
  }

  offer(image: MetadataImage, changes: MetadataChanges): void {
    this.#next = {
      image,
      changes: this.#next === undefined ? changes : joinChanges(this.#next.changes, changes),
    };
    this.#running ??= this.#run();
  }

  /** Everything that was offered is applied. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#next !== undefined) {
        const { image, changes } = this.#next;
        this.#next = undefined;
        await this.#apply(image, changes);
      }
      this.#running = undefined;
    } catch (error) {
      this.#onFailure(error); // stays "running": what comes later cannot be applied to what is missing
    }
  }
}

/** What two steps touched, one after the other. */
export function joinChanges(first: MetadataChanges, second: MetadataChanges): MetadataChanges {
  const topics = new Map(first.topics);
  for (const [id, change] of second.topics) {
    const joined = joinTopicChanges(topics.get(id), change);
    if (joined === undefined) topics.delete(id);
    else topics.set(id, joined);
  }
  return {
    topics,
    brokers: new Set([...first.brokers, ...second.brokers]),
    configs: new Map([...first.configs, ...second.configs]),
    features: first.features || second.features,
  };
}

/** Undefined for a topic that came and went: it never was. */
function joinTopicChanges(first: TopicChange | undefined, second: TopicChange): TopicChange | undefined {
  if (first === undefined) return second;
  if (second.deleted) return first.created ? undefined : second;
  return { ...first, partitions: new Set([...first.partitions, ...second.partitions]) };
}
