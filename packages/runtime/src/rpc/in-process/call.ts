import type { DescMethod } from "@bufbuild/protobuf";
import type { Clock } from "../../clock/clock.ts";
import { ApiError } from "../../errors/api-error.ts";
import type { CallContext, CallOptions, Peer } from "../rpc.ts";

/** Boxed, since anything can be thrown. */
export interface Failure {
  readonly thrown: unknown;
}

/** How a call ended, for its caller. `cut`: it was ended from outside, and what was under way is dropped. */
export interface Outcome {
  readonly failure: Failure | undefined;
  readonly cut: boolean;
}

export interface CallSetup {
  readonly method: DescMethod;
  readonly peer: Peer;
  readonly options: CallOptions;
  /** Undefined: none. */
  readonly timeoutMs: number | undefined;
  readonly clock: Clock;
  /** Runs what concerns the other side in a turn of its own. */
  readonly deliver: (run: () => void) => void;
}

/** One call under way. It ends once, by its handler (`complete`) or from outside (`cut`). */
export class InProcessCall {
  readonly method: DescMethod;
  readonly context: CallContext;
  readonly #deliver: CallSetup["deliver"];
  readonly #handler = new AbortController();
  readonly #over = new AbortController();
  readonly #endings: ((outcome: Outcome) => void)[] = [];

  constructor({ method, peer, options, timeoutMs, clock, deliver }: CallSetup) {
    this.method = method;
    this.#deliver = deliver;
    this.context = { peer, signal: this.#handler.signal, trace: options.trace };
    const { signal } = options;
    if (signal !== undefined) {
      const cancel = (): void => this.cut(signal.reason, cancelled());
      signal.addEventListener("abort", cancel);
      this.onEnd(() => signal.removeEventListener("abort", cancel));
    }
    if (timeoutMs !== undefined) {
      const timer = clock.setTimer(timeoutMs, () =>
        this.cut(new ApiError("REQUEST_TIMED_OUT"), new DOMException("deadline passed", "TimeoutError")),
      );
      this.onEnd(() => timer.cancel());
    }
  }

  /** Aborted when the call is over, however it ended. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  onEnd(ending: (outcome: Outcome) => void): void {
    this.#endings.push(ending);
  }

  /** The handler is done. */
  complete(failure?: Failure): void {
    this.#end({ failure, cut: false });
  }

  /** Ends it for the caller with what it is to see, and aborts the handler's signal with `reason`. */
  cut(thrown: unknown, reason: unknown): void {
    if (this.over.aborted) return;
    this.#end({ failure: { thrown }, cut: true });
    this.#deliver(() => this.#handler.abort(reason));
  }

  #end(outcome: Outcome): void {
    if (this.over.aborted) return;
    this.#over.abort(over);
    for (const ending of this.#endings.splice(0)) ending(outcome);
  }
}

/** Nobody reads it; without a reason every call would make an exception with a stack. */
const over = "the call is over";

/** What a handler's signal says when its caller has lost interest. */
export function cancelled(): DOMException {
  return new DOMException("the caller cancelled", "AbortError");
}
