import type { ByteStream, ByteStreamHandler } from "@millrace/runtime";
import { type Answer, answerBytes, budgetBytes, CloseConnection } from "./answer.ts";
import type { ConnectionHost } from "./connection-host.ts";
import type { Frame } from "./frame.ts";
import { BadFrameLength, FrameReader } from "./frame-reader.ts";
import { FrameWatch } from "./frame-watch.ts";
import type { HalfFrame } from "./half-frame.ts";
import type { GatedReader } from "./read-gate.ts";
import { UnsentAnswers } from "./unsent-answers.ts";

/** A request that was taken; answers leave in the order in which these stand in line. */
interface Exchange {
  readonly frame: Frame;
  answer: Answer | undefined;
}

/**
 * One client. Requests are handled concurrently and answered in order; what is unanswered and unsent is bounded, and
 * at a bound the socket is not read, so that TCP slows the client down. It has no timer of its own: the listener
 * calls `overdue` now and then.
 */
export class Connection implements ByteStreamHandler, GatedReader {
  readonly #host: ConnectionHost<Connection>;
  readonly #stream: ByteStream;
  readonly #reader: FrameReader;
  readonly #exchanges: Exchange[] = [];
  #unansweredBytes = 0;
  /** Of answers that wait for one before them. */
  #unwrittenBytes = 0;
  #reading = true;
  #muted = false;
  #closed = false;
  #taking = false;
  readonly #unsent: UnsentAnswers;
  #lastReadMs: number;
  readonly #watch: FrameWatch;

  constructor(host: ConnectionHost<Connection>, stream: ByteStream) {
    this.#host = host;
    this.#stream = stream;
    this.#reader = new FrameReader(host.memory, host.settings.frameBytesMax);
    this.#lastReadMs = host.nowMs();
    this.#watch = new FrameWatch(this.#lastReadMs);
    this.#unsent = new UnsentAnswers(stream, host.room, () => host.nowMs());
    host.gate.add(this);
    stream.start(this);
    this.#readOrPause(); // the gate may be closed
  }

  get halfFrame(): HalfFrame | undefined {
    return this.#reader.halfFrame;
  }

  onData(chunk: Buffer): void {
    if (this.#closed) return;
    this.#lastReadMs = this.#host.nowMs();
    this.#reader.push(chunk);
    this.#takeRequests();
    this.#host.gate.check(this);
  }

  onDrain(): void {
    this.#unsent.noteSent();
    this.#takeRequests();
  }

  onClose(): void {
    this.close(undefined);
  }

  gateChanged(): void {
    if (!this.#closed) this.#readOrPause();
  }

  unmute(): void {
    this.#muted = false;
    this.#takeRequests();
  }

  /** Writes all answers that are due, as one. */
  flush(): void {
    if (this.#closed) return;
    this.#unsent.noteSent(); // now: what is due has not left, although nothing is unsent yet
    const chunks = this.#takeDueAnswers();
    if (chunks.length > 0) this.#unsent.write(chunks);
    this.#unsent.noteSent();
    this.#takeRequests();
  }

  /** Why this connection has to be closed now, if it has to. */
  overdue(nowMs: number): string | undefined {
    const { settings, gate } = this.#host;
    const stalledMs = this.#unsent.stalledMs(nowMs);
    const { unsentBytes } = this.#stream;
    if (stalledMs > settings.sendProgressMs + unsentBytes / 1_000 && unsentBytes > 0) {
      return "the client does not read its responses";
    }
    if (this.#isStuck(nowMs)) return "a frame without progress";
    if (gate.holdsBack(this) && this.#watch.unreadMs(nowMs) > settings.frameProgressMs) {
      return "no room for its frame for too long";
    }
    const idle = this.#exchanges.length === 0 && unsentBytes === 0 && !this.#muted;
    return idle && nowMs - this.#lastReadMs > settings.idleMs ? "idle" : undefined;
  }

  /** Bytes that the client keeps from others by not reading: nothing has left for a while. 0 when it reads. */
  stalledBytes(nowMs: number): number {
    const { settings, room } = this.#host;
    return this.#unsent.stalledMs(nowMs) < settings.shortageProgressMs ? 0 : room.heldBytes;
  }

  close(reason: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    this.#reader.destroy();
    this.#unsent.release();
    for (const { answer } of this.#exchanges) {
      if (answer === undefined) continue; // what it holds is released when it comes
      this.#host.room.give(budgetBytes(answer));
      answer.sent?.();
    }
    this.#host.room.close();
    this.#host.gate.delete(this);
    this.#host.closed(this, reason);
  }

  #isStuck(nowMs: number): boolean {
    const { settings, gate } = this.#host;
    const windowMs = gate.othersWait ? settings.shortageProgressMs : settings.frameProgressMs;
    if (this.#watch.isTooSlow(this.halfFrame, nowMs, windowMs)) return true;
    // Not even its length.
    const hasBegun = this.#reader.midFrame && this.halfFrame === undefined;
    return hasBegun && this.#reading && nowMs - this.#lastReadMs > settings.frameProgressMs;
  }

  #takeRequests(): void {
    if (this.#taking) return; // an answer that came at once: the loop below goes on
    this.#taking = true;
    try {
      while (this.#mayTake()) {
        const frame = this.#reader.next();
        if (frame === undefined) break;
        this.#take(frame);
      }
    } catch (error) {
      if (!(error instanceof BadFrameLength)) this.#host.fail(error);
      this.close(error instanceof BadFrameLength ? error.message : "a bug of ours");
    } finally {
      this.#taking = false;
    }
    if (!this.#closed) this.#readOrPause();
  }

  #mayTake(): boolean {
    const { settings } = this.#host;
    return (
      !this.#closed &&
      !this.#muted &&
      this.#exchanges.length < settings.unansweredMax &&
      this.#unansweredBytes < settings.unansweredBytesMax &&
      this.#stream.unsentBytes + this.#unwrittenBytes < settings.unsentBytesMax
    );
  }

  #readOrPause(): void {
    const reading = this.#mayTake() && this.#host.gate.mayRead(this);
    if (reading === this.#reading) return;
    this.#reading = reading;
    const nowMs = this.#host.nowMs();
    this.#watch.readingChanged(reading, nowMs);
    if (reading) {
      this.#lastReadMs = nowMs; // it was not the client that made no progress
      this.#stream.resume();
    } else {
      this.#stream.pause();
    }
  }

  #take(frame: Frame): void {
    const exchange: Exchange = { frame, answer: undefined };
    this.#exchanges.push(exchange);
    this.#unansweredBytes += frame.bytes.length;
    try {
      const answer = this.#host.handle(frame);
      if (answer instanceof Promise) {
        answer.then(
          (later) => this.#answered(exchange, later),
          (error: unknown) => this.#refused(exchange, error),
        );
      } else {
        this.#answered(exchange, answer);
      }
    } catch (error) {
      this.#refused(exchange, error);
    }
  }

  #answered(exchange: Exchange, answer: Answer): void {
    exchange.frame.release();
    if (this.#closed) {
      answer.sent?.();
      return;
    }
    exchange.answer = answer;
    this.#unwrittenBytes += answerBytes(answer);
    this.#host.room.take(budgetBytes(answer));
    if (this.#exchanges[0] === exchange) this.#host.flushSoon(this);
  }

  #refused(exchange: Exchange, error: unknown): void {
    exchange.frame.release();
    this.close(error instanceof CloseConnection ? error.message : "a request failed");
  }

  #takeDueAnswers(): Buffer[] {
    const chunks: Buffer[] = [];
    let due = 0;
    for (const { frame, answer } of this.#exchanges) {
      if (answer === undefined) break;
      due++;
      this.#unansweredBytes -= frame.bytes.length;
      this.#unwrittenBytes -= answerBytes(answer);
      this.#unsent.add(answer);
      if (answer.chunks !== undefined) for (const chunk of answer.chunks) chunks.push(chunk);
      if (answer.throttleTimeMs > 0) this.#mute(answer.throttleTimeMs);
    }
    this.#exchanges.splice(0, due);
    return chunks;
  }

  /** KIP-219: the response says how long, and goes out first. */
  #mute(delayMs: number): void {
    if (this.#muted) return;
    this.#muted = true;
    this.#host.unmuteLater(this, delayMs);
  }
}
