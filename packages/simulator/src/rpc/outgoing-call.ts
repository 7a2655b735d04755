import { type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { ApiError, type CallOptions, type Clock, Pipe, RpcUnavailableError } from "@millrace/runtime";
import type { Connection } from "./connection.ts";
import type { IncomingCall } from "./incoming-call.ts";
import { streamItemsMax } from "./stream-items-max.ts";

export interface OutgoingCallOptions {
  readonly method: DescMethod;
  readonly options: CallOptions;
  /** Undefined: none. */
  readonly timeoutMs: number | undefined;
  /** The caller's own. */
  readonly clock: Clock;
  readonly onOver: () => void;
}

/** The caller's end of a call. It is over once, by an answer or from this side. */
export class OutgoingCall {
  readonly responses: Pipe<Message>;
  readonly #method: DescMethod;
  readonly #over = new AbortController();
  readonly #endings: (() => void)[];
  #connection: Connection | undefined;
  #server: IncomingCall | undefined;

  constructor({ method, options, timeoutMs, clock, onOver }: OutgoingCallOptions) {
    this.#method = method;
    this.#endings = [onOver];
    this.responses = new Pipe<Message>({
      itemsMax: streamItemsMax,
      onAbandoned: () => this.cut(new DOMException("the caller left", "AbortError")),
    });
    const { signal } = options;
    if (signal !== undefined) {
      const cancel = (): void => this.cut(signal.reason);
      signal.addEventListener("abort", cancel);
      this.#endings.push(() => signal.removeEventListener("abort", cancel));
    }
    if (timeoutMs !== undefined) {
      const timer = clock.setTimer(timeoutMs, () => this.cut(new ApiError("REQUEST_TIMED_OUT")));
      this.#endings.push(() => timer.cancel());
    }
  }

  /** Aborted when the call is over, however it ended. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** What it goes over, and who will take it at the other end. */
  opened(connection: Connection, server: IncomingCall): void {
    this.#connection = connection;
    this.#server = server;
  }

  /** Ends it here, and tells the other end, which may long be at work. */
  cut(thrown: unknown): void {
    if (!this.#end()) return;
    this.responses.abort(thrown);
    this.#connection?.sendUp(() => this.#server?.cancelled());
  }

  // What comes from the other end.

  answered(bytes: Uint8Array): void {
    if (!this.over.aborted) void this.responses.push(fromBinary(this.#method.output, bytes));
  }

  /** After everything that was answered before. */
  ended(failure?: { readonly thrown: unknown }): void {
    if (!this.#end()) return;
    this.responses.end(failure);
    this.#connection?.close();
  }

  broken(): void {
    if (this.#end()) this.responses.abort(new RpcUnavailableError("broken"));
  }

  #end(): boolean {
    if (this.over.aborted) return false;
    this.#over.abort("the call is over");
    for (const ending of this.#endings) ending();
    return true;
  }
}
