import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  BrokerSessionRequest_RegisterSchema,
  BrokerSessionRequestSchema,
} from "@millrace/proto/controller";
import { ApiError, Pipe, type Runtime, type Timer } from "@millrace/runtime";
import type { SessionTiming } from "../controller/broker-sessions.ts";

export type RegisterInit = MessageInitShape<typeof BrokerSessionRequest_RegisterSchema>;
type Request = MessageInitShape<typeof BrokerSessionRequestSchema>;

/** Longer than a session: a controller that loads its log may take its time. */
const REGISTRATION_TIMEOUT_MS = 10_000;

/** For a controller that may have been replaced: it answers at once, or stands still. */
const DOUBTED_MS = 500;

type HeartbeatInit = {
  readonly appliedOffset: bigint;
  readonly wantFence: boolean;
  readonly wantShutdown: boolean;
};

/** What one stream sends: a registration, then heartbeats, never two on their way at once. */
export class SessionStream {
  readonly requests = new Pipe<Request>({ itemsMax: 4 });
  readonly #runtime: Runtime;
  readonly #heartbeat: () => HeartbeatInit;
  readonly #silent = new AbortController();
  #timing: SessionTiming | undefined;
  #inFlight = false;
  #beatAgain = false;
  #ended = false;
  #timer: Timer | undefined;

  constructor(runtime: Runtime, heartbeat: () => HeartbeatInit) {
    this.#runtime = runtime;
    this.#heartbeat = heartbeat;
  }

  /** Aborted when the controller owes an answer for longer than half a session lasts. */
  get silent(): AbortSignal {
    return this.#silent.signal;
  }

  register(value: RegisterInit): void {
    this.#arm(REGISTRATION_TIMEOUT_MS, () => this.#giveUp());
    void this.requests.push({ request: { case: "register", value } });
  }

  registered(timing: SessionTiming): void {
    this.#timing = timing;
    this.beat();
  }

  /** Now, or as soon as the one that is on its way was answered. */
  beat(): void {
    if (this.#ended || this.#timing === undefined) return;
    if (this.#inFlight) {
      this.#beatAgain = true;
      return;
    }
    this.#inFlight = true;
    // The other half is for finding the controller that has taken over from one that says nothing any more.
    this.#arm(this.#timing.sessionTimeoutMs / 2, () => this.#giveUp());
    void this.requests.push({ request: { case: "heartbeat", value: this.#heartbeat() } });
  }

  /** Another controller may have taken over: this one has to answer soon. */
  doubt(): void {
    if (this.#ended || this.#timing === undefined) return;
    this.beat();
    this.#arm(Math.min(DOUBTED_MS, this.#timing.sessionTimeoutMs / 2), () => this.#giveUp());
  }

  answered(): void {
    this.#inFlight = false;
    if (this.#beatAgain) {
      this.#beatAgain = false;
      this.beat();
    } else if (!this.#ended && this.#timing !== undefined) {
      this.#arm(this.#timing.heartbeatIntervalMs, () => this.beat());
    }
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.requests.end();
  }

  #giveUp(): void {
    this.#silent.abort(new ApiError("REQUEST_TIMED_OUT"));
  }

  #arm(delayMs: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#runtime.clocks.liveness.setTimer(delayMs, callback);
  }
}
