import type { LogIndex } from "../entry.ts";

interface Sent {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/** Append requests on their way to one follower: a window of so many messages and bytes (thesis, 10.2.1). */
export class InFlight {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #sent: Sent[] = [];
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#sent.length;
  }

  get isFull(): boolean {
    return this.#sent.length >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(lastIndex: LogIndex, bytes: number): void {
    this.#sent.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** What ends at or before `index` arrived. */
  acknowledge(index: LogIndex): void {
    const end = this.#sent.findIndex((sent) => sent.lastIndex > index);
    const gone = this.#sent.splice(0, end === -1 ? this.#sent.length : end);
    for (const { bytes } of gone) this.#bytes -= bytes;
  }

  clear(): void {
    this.#sent = [];
    this.#bytes = 0;
  }
}
