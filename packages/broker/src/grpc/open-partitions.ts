import { ApiError } from "@millrace/runtime";

/** Handles lie below it: the bound of what one stream can make a broker remember. */
const HANDLES_MAX = 65_536;

export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** The client's short numbers for partitions, good for the life of one stream. */
export class OpenPartitions {
  readonly #byHandle = new Map<number, PartitionName>();

  /** Throws `INVALID_REQUEST` for a handle that is too large or stands for another partition. */
  open(handle: number, { topic, partition }: PartitionName): void {
    checkHandle(handle);
    const known = this.#byHandle.get(handle);
    if (known === undefined) this.#byHandle.set(handle, { topic, partition });
    else if (known.topic !== topic || known.partition !== partition) {
      throw new ApiError("INVALID_REQUEST", {
        detail: `handle ${handle} stands for another partition already`,
      });
    }
  }

  /** Throws `INVALID_REQUEST` when it was not opened. */
  get(handle: number): PartitionName {
    const name = this.#byHandle.get(handle);
    if (name === undefined) {
      throw new ApiError("INVALID_REQUEST", { detail: `handle ${handle} was not opened` });
    }
    return name;
  }
}

export function checkHandle(handle: number): void {
  if (handle < HANDLES_MAX) return;
  throw new ApiError("INVALID_REQUEST", { detail: `handles lie below ${HANDLES_MAX}` });
}
