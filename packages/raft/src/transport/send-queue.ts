import type { Message } from "../message.ts";

// What a message, and an entry in it, takes besides its payload, roughly.
const overheadBytes = 64;

export interface SendQueueLimits {
  /** What may wait for one peer; at either bound what is new is dropped, since raft repeats it. */
  readonly queueMessagesMax: number;
  readonly queueBytesMax: number;
  /** What goes into one batch. A larger message goes alone. */
  readonly batchBytesMax: number;
}

/** Messages on their way to one peer, oldest first. */
export class SendQueue {
  readonly #limits: SendQueueLimits;
  #messages: Message[] = [];
  #sizes: number[] = [];
  #bytes = 0;

  constructor(limits: SendQueueLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** False: there was no room, and the message is dropped. One message always has room. */
  push(message: Message): boolean {
    const bytes = sizeOf(message);
    const { queueMessagesMax, queueBytesMax } = this.#limits;
    const isFull = this.#messages.length >= queueMessagesMax || this.#bytes + bytes > queueBytesMax;
    if (isFull && !this.isEmpty) return false;
    this.#messages.push(message);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    return true;
  }

  /** The next batch; none when it is empty. */
  take(): readonly Message[] {
    let end = 0;
    for (let bytes = 0; end < this.#sizes.length; end++) {
      bytes += this.#sizes[end] ?? 0;
      if (end > 0 && bytes > this.#limits.batchBytesMax) break;
    }
    for (const size of this.#sizes.splice(0, end)) this.#bytes -= size;
    return this.#messages.splice(0, end);
  }

  clear(): void {
    this.#messages = [];
    this.#sizes = [];
    this.#bytes = 0;
  }
}

function sizeOf(message: Message): number {
  if (message.type === "snapshotChunk") return overheadBytes + message.bytes.length;
  if (message.type !== "appendRequest") return overheadBytes;
  let bytes = overheadBytes * (1 + message.entries.length);
  for (const { payload } of message.entries) bytes += payload.length;
  return bytes;
}
