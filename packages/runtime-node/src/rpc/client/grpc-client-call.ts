import type { Channel } from "@grpc/grpc-js";
import { type Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { ApiError } from "@millrace/runtime";
import { outcomeOf } from "../status.ts";

type RawCall = ReturnType<Channel["createCall"]>;

/** How a call ended. `cut`: from our side, and what was under way is dropped. */
export interface CallEnd {
  readonly failure: { readonly thrown: unknown } | undefined;
  readonly cut: boolean;
}

export interface CallListener {
  /** After each `read`, once. What it throws ends the call. */
  message(encoded: Buffer): void;
  end(end: CallEnd): void;
}

export interface ClientCallSetup {
  readonly call: RawCall;
  readonly metadata: Metadata;
  readonly signal: AbortSignal | undefined;
  readonly whyUnavailable: () => Promise<ApiError>;
  readonly over: () => void;
}

/** One call on grpc-js's own call object, below its streams: those buffer 16 messages of whatever size. */
export class GrpcClientCall {
  readonly #setup: ClientCallSetup;
  #listener: CallListener | undefined;

  constructor(setup: ClientCallSetup) {
    this.#setup = setup;
  }

  start(listener: CallListener): void {
    this.#listener = listener;
    this.#setup.signal?.addEventListener("abort", this.#onAbort);
    this.#setup.call.start(this.#setup.metadata, {
      onReceiveMetadata: () => {},
      onReceiveMessage: (encoded: Buffer) => this.#onMessage(encoded),
      onReceiveStatus: (end) => void this.#onStatus(end),
    });
  }

  /** Asks for one message. */
  read(): void {
    if (this.#listener !== undefined) this.#setup.call.startRead();
  }

  send(encoded: Buffer, written: () => void = () => {}): void {
    if (this.#listener !== undefined) this.#setup.call.sendMessageWithContext({ callback: written }, encoded);
  }

  halfClose(): void {
    if (this.#listener !== undefined) this.#setup.call.halfClose();
  }

  /** Cancels it; our side sees `thrown`. */
  cut(thrown: unknown): void {
    if (this.#listener === undefined) return;
    this.#end({ failure: { thrown }, cut: true });
    this.#setup.call.cancelWithStatus(status.CANCELLED, "cancelled by the caller");
  }

  readonly #onAbort = (): void => this.cut(this.#setup.signal?.reason);

  #onMessage(encoded: Buffer): void {
    try {
      this.#listener?.message(encoded);
    } catch (thrown) {
      this.cut(thrown);
    }
  }

  async #onStatus(end: StatusObject): Promise<void> {
    const outcome = outcomeOf(end);
    if (outcome === "ok") return this.#end({ failure: undefined, cut: false });
    const thrown = outcome === "unavailable" ? await this.#whyUnavailable() : outcome;
    this.#end({ failure: { thrown }, cut: false });
  }

  /** Nobody waits for `#onStatus`: what goes wrong here too is the caller's to see. */
  async #whyUnavailable(): Promise<unknown> {
    try {
      return await this.#setup.whyUnavailable();
    } catch (thrown) {
      return thrown;
    }
  }

  #end(end: CallEnd): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    this.#setup.signal?.removeEventListener("abort", this.#onAbort);
    this.#setup.over();
    listener.end(end);
  }
}
