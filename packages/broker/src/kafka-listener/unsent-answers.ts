import type { ByteStream } from "@millrace/runtime";
import type { ResponseRoom } from "../core/response-room.ts";
import { type Answer, budgetBytes } from "./answer.ts";

/**
 * What was written to a socket and may not have left the process. Answers hold their memory until then; that it leaves says
 * whether the client reads. It is looked at now and then, since sockets do not tell.
 */
export class UnsentAnswers {
  readonly #stream: ByteStream;
  readonly #room: ResponseRoom;
  readonly #nowMs: () => number;
  #writtenBytes = 0;
  /** Of them, when that was looked at last. */
  #sentBytes = 0;
  /** When some of it was seen to leave, or a write began with nothing unsent before it. */
  #lastSentMs: number;
  /** Of answers that do not say when they have left; the others hold their own. */
  #heldBytes = 0;
  /** Called when everything has left. */
  #sent: (() => void)[] = [];

  constructor(stream: ByteStream, room: ResponseRoom, nowMs: () => number) {
    this.#stream = stream;
    this.#room = room;
    this.#nowMs = nowMs;
    this.#lastSentMs = nowMs();
  }

  /** For how long nothing has left of what is unsent. */
  stalledMs(nowMs: number): number {
    this.noteSent();
    return nowMs - this.#lastSentMs;
  }

  /** Its chunks are among those of the next `write`. */
  add(answer: Answer): void {
    this.#heldBytes += budgetBytes(answer);
    if (answer.sent !== undefined) this.#sent.push(answer.sent);
  }

  write(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.#writtenBytes += chunk.length;
    this.#stream.write(chunks);
  }

  noteSent(): void {
    const { unsentBytes } = this.#stream;
    const sentBytes = this.#writtenBytes - unsentBytes;
    if (unsentBytes > 0 && sentBytes === this.#sentBytes) return;
    this.#sentBytes = sentBytes;
    this.#lastSentMs = this.#nowMs();
    if (unsentBytes === 0) this.release();
  }

  /** Everything has left, or never will. */
  release(): void {
    this.#room.give(this.#heldBytes);
    this.#heldBytes = 0;
    if (this.#sent.length === 0) return;
    const sent = this.#sent;
    this.#sent = [];
    for (const callback of sent) callback();
  }
}
