import { type BrokerSessionResponse, ControllerService } from "@millrace/proto/controller";
import {
  ApiError,
  type ErrorName,
  ExponentialBackoff,
  type RpcChannel,
  type Runtime,
  sleep,
} from "@millrace/runtime";
import { supportedFeatures } from "../features.ts";
import type { BrokerListener, SupportedFeature } from "../image/metadata-state.ts";
import { type Uuid, uuidToBytes } from "../image/uuid.ts";
import { RepeatedFailure } from "../repeated-failure.ts";
import { type RegisterInit, SessionStream } from "./session-stream.ts";

export interface BrokerIdentity {
  readonly brokerId: number;
  readonly clusterId: string;
  /** Of the data directory. */
  readonly directoryId: Uuid;
  /** Made anew at every start of the process. */
  readonly incarnationId: Uuid;
  readonly listeners: readonly BrokerListener[];
  readonly grpcHost: string;
  readonly grpcPort: number;
  readonly rack?: string | undefined;
  /** Of the last clean shutdown; -1: there was none. */
  readonly previousBrokerEpoch?: number;
  /** What this version serves, when left out. */
  readonly features?: readonly SupportedFeature[];
}

export interface BrokerSessionOptions {
  readonly identity: BrokerIdentity;
  /** To the active controller, or to whoever knows it: each stream may go to another one. */
  readonly channel: RpcChannel;
  readonly runtime: Runtime;
  /** The broker's own copy of the metadata: it is unfenced when that holds its registration. */
  readonly metadata: {
    readonly image: { readonly offset: number };
    waitForOffset(offset: number, signal?: AbortSignal): Promise<void>;
  };
  /** The controller will never take this registration; the broker cannot go on. */
  readonly onRefused: (error: ApiError) => void;
  /** A new epoch: the first one, and after the broker had been unregistered. */
  readonly onRegistered?: (brokerEpoch: number) => void;
  /** Up to where the active controller has committed, with each of its answers. */
  readonly onCommittedOffset?: (offset: number) => void;
}

/**
 * How long another broker may hold this one's id, in milliseconds: one that has ended is fenced before that, at once by its
 * refusing port, or when its session times out.
 */
const DUPLICATE_MAX_MS = 10_000;
/** A session must be back before it times out, whichever controller it finds. */
const RETRY_MAX_MS = 250;

type Phase = "running" | "fencing" | "shuttingDown" | "mayShutDown";

/** Errors after which the same registration is refused again for ever. */
const final: ReadonlySet<ErrorName> = new Set([
  "INCONSISTENT_CLUSTER_ID",
  "INVALID_REGISTRATION",
  "UNSUPPORTED_VERSION",
  "CLUSTER_AUTHORIZATION_FAILED",
  // A newer incarnation has taken over: two that took turns would fence each other for ever.
  "STALE_BROKER_EPOCH",
]);

/**
 * A broker's life as the controller sees it: registration, heartbeats, controlled shutdown. It registers again after
 * every broken stream and keeps its epoch; when a newer incarnation has registered in between it is refused for good.
 */
export class BrokerSession {
  readonly #options: BrokerSessionOptions;
  readonly #backoff: ExponentialBackoff;
  readonly #stop = new AbortController();
  #phase: Phase = "running";
  #brokerEpoch = -1;
  #fenced = true;
  #committedOffset = -1;
  #metadataEpoch = -1;
  #duplicateSinceMs: number | undefined;
  readonly #failure: RepeatedFailure;
  #running: Promise<void> | undefined;
  #changed = Promise.withResolvers<void>();
  #stream: SessionStream | undefined;

  constructor(options: BrokerSessionOptions) {
    this.#options = options;
    const { random, logger } = options.runtime;
    this.#failure = new RepeatedFailure(logger, "broker session broke off, registering again");
    this.#backoff = new ExponentialBackoff({ backoffMs: 20, backoffMsMax: RETRY_MAX_MS, random });
  }

  /** -1 before the first registration. */
  get brokerEpoch(): number {
    return this.#brokerEpoch;
  }

  /** As of the last answer. */
  get fenced(): boolean {
    return this.#fenced;
  }

  /** Of the active controller, as of its last answer: who is far behind it follows another controller. */
  get committedOffset(): number {
    return this.#committedOffset;
  }

  /** Begins to register, and goes on until closed or refused for good. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the controller has taken the broker into service. */
  async untilUnfenced(signal?: AbortSignal): Promise<void> {
    await this.#until(() => !this.#fenced, signal);
  }

  /** Moves leaderships away; resolves when the broker may stop. Without a controller it waits until the signal. */
  async shutDown(signal?: AbortSignal): Promise<void> {
    if (this.#phase !== "mayShutDown") this.#phase = "shuttingDown";
    this.#stream?.beat();
    await this.#until(() => this.#phase === "mayShutDown", signal);
  }

  /** Leaves service without stopping: a disk failed, or the broker asks for time. */
  fence(): void {
    this.#phase = "fencing";
    this.#stream?.beat();
  }

  /**
   * The metadata is in `epoch` by now. A later one than before is that of a new active controller: the one that this
   * session is with has to show that it is the one, or is left before its silence would tell.
   */
  metadataEpoch(epoch: number): void {
    if (epoch <= this.#metadataEpoch) return;
    this.#metadataEpoch = epoch;
    this.#stream?.doubt();
  }

  /** Ends the stream at once; what the broker leads stays its own until its session times out. */
  async close(): Promise<void> {
    this.#stop.abort(new ApiError("BROKER_NOT_AVAILABLE", { detail: "this node is shutting down" }));
    this.#notify();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#session(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (this.#isFinal(error)) {
          this.#options.onRefused(error);
          return;
        }
        this.#failure.report(error);
      }
      await sleep(this.#options.runtime.clocks.liveness, this.#backoff.nextMs(), signal);
    }
  }

  #isFinal(error: unknown): error is ApiError {
    if (!(error instanceof ApiError)) return false;
    if (error.id !== "DUPLICATE_BROKER_REGISTRATION") return final.has(error.id);
    const now = this.#options.runtime.clocks.liveness.monotonicMs();
    this.#duplicateSinceMs ??= now;
    return now - this.#duplicateSinceMs >= DUPLICATE_MAX_MS;
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { channel, runtime, metadata } = this.#options;
    const stream = new SessionStream(runtime, () => ({
      appliedOffset: BigInt(metadata.image.offset),
      wantFence: this.#phase === "fencing" || this.#phase === "mayShutDown",
      wantShutdown: this.#phase === "shuttingDown",
    }));
    this.#stream = stream;
    try {
      stream.register({
        ...registerMessage(this.#options.identity),
        ...(this.#brokerEpoch >= 0 && { brokerEpoch: BigInt(this.#brokerEpoch) }),
      });
      const answers = channel
        .client(ControllerService)
        .brokerSession(stream.requests, { signal: AbortSignal.any([signal, stream.silent]) });
      for await (const answer of answers) {
        this.#answered(stream, answer);
        this.#backoff.reset();
      }
    } finally {
      stream.end();
      this.#stream = undefined;
    }
  }

  #answered(stream: SessionStream, { response }: BrokerSessionResponse): void {
    if (response.case === "registered") {
      const brokerEpoch = Number(response.value.brokerEpoch);
      this.#failure.over();
      stream.registered(response.value);
      if (brokerEpoch !== this.#brokerEpoch) {
        this.#brokerEpoch = brokerEpoch;
        this.#fenced = true;
        this.#options.onRegistered?.(brokerEpoch);
      }
      // The heartbeat that takes the broker into service does not wait for its turn.
      this.#options.metadata.waitForOffset(brokerEpoch, this.#stop.signal).then(
        () => stream.beat(),
        () => {},
      );
    } else if (response.case === "heartbeat") {
      this.#fenced = response.value.fenced;
      this.#committedOffset = Number(response.value.committedOffset);
      this.#options.onCommittedOffset?.(this.#committedOffset);
      if (response.value.shouldShutDown) this.#phase = "mayShutDown";
      stream.answered();
    }
    this.#notify();
  }

  async #until(condition: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const abort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      while (!condition()) {
        signal?.throwIfAborted();
        this.#stop.signal.throwIfAborted();
        await Promise.race([this.#changed.promise, aborted.promise]);
      }
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function registerMessage(identity: BrokerIdentity): RegisterInit {
  return {
    brokerId: identity.brokerId,
    clusterId: identity.clusterId,
    directoryId: uuidToBytes(identity.directoryId),
    incarnationId: uuidToBytes(identity.incarnationId),
    listeners: [...identity.listeners],
    grpcHost: identity.grpcHost,
    grpcPort: identity.grpcPort,
    ...(identity.rack === undefined ? {} : { rack: identity.rack }),
    supportedFeatures: [...(identity.features ?? supportedFeatures)],
    previousBrokerEpoch: BigInt(identity.previousBrokerEpoch ?? -1),
  };
}
