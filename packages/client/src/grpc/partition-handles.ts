import { ApiError } from "@millrace/runtime";

const HANDLES_MAX = 65_536;

/** Short numbers for topic partitions, good for the life of one stream. */
export class PartitionHandles {
  readonly #handles = new Map<string, number>();

  /** The handle, and whether this is its first use, so that the stream has to be told. */
  of(topic: string, partition: number): { readonly handle: number; readonly isNew: boolean } {
    const key = `${topic}:${partition}`;
    const known = this.#handles.get(key);
    if (known !== undefined) return { handle: known, isNew: false };
    const handle = this.#handles.size;
    if (handle === HANDLES_MAX) {
      throw new ApiError("POLICY_VIOLATION", {
        detail: `one stream carries at most ${HANDLES_MAX} partitions`,
      });
    }
    this.#handles.set(key, handle);
    return { handle, isNew: true };
  }
}
