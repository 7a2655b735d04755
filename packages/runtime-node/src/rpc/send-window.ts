import type { MaybePromise } from "@millrace/runtime";

/**
 * What has been handed to the socket and is not written yet. Several messages may be under way, so that the
 * socket never waits for us; beyond the bounds the one writer pauses.
 */
export class SendWindow {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #messages = 0;
  #bytes = 0;
  #closed = false;
  #waiting: ((room: boolean) => void) | undefined;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  /** A message was handed over. True, now or later: the next may follow. False: the call is over. */
  sent(sizeBytes: number): MaybePromise<boolean> {
    this.#messages++;
    this.#bytes += sizeBytes;
    if (this.#closed) return false;
    return this.#hasRoom() || new Promise((resolve) => (this.#waiting = resolve));
  }

  /** It left. */
  written(sizeBytes: number): void {
    this.#messages--;
    this.#bytes -= sizeBytes;
    if (this.#waiting !== undefined && this.#hasRoom()) this.#release(true);
  }

  close(): void {
    this.#closed = true;
    this.#release(false);
  }

  #hasRoom(): boolean {
    return this.#messages < this.#messagesMax && this.#bytes < this.#bytesMax;
  }

  #release(room: boolean): void {
    this.#waiting?.(room);
    this.#waiting = undefined;
  }
}
