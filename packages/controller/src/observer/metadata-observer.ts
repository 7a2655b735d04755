import { ControllerService, type MetadataFeedResponse } from "@millrace/proto/controller";
import { Owner } from "@millrace/replicated-state";
import {
  ApiError,
  type ErrorName,
  ExponentialBackoff,
  InvariantViolation,
  type RpcChannel,
  type Runtime,
  sleep,
} from "@millrace/runtime";
import { changesBetween } from "../image/changes-between.ts";
import type { MetadataChanges } from "../image/metadata-changes.ts";
import { metadataCodec } from "../image/metadata-definition.ts";
import { draftOf, type MetadataDraft, sealDraft } from "../image/metadata-draft.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import { emptyMetadata } from "../image/metadata-state.ts";
import { replay } from "../image/replay/replay.ts";
import { RepeatedFailure } from "../repeated-failure.ts";
import { FeedLag } from "./feed-lag.ts";
import { FeedSilence } from "./feed-silence.ts";
import { OffsetWaiters } from "./offset-waiters.ts";

/** Records replayed between two places where other work may go first. */
const RECORDS_PER_SLICE = 64;

/** Called in order, after the image moved. A throw ends the node: nobody would know what the listener missed. */
export type MetadataListener = (image: MetadataImage, changes: MetadataChanges) => void;

export interface MetadataObserverOptions {
  readonly clusterId: string;
  /** To any controller of the cluster; each feed that it opens may come from another one. */
  readonly channel: RpcChannel;
  readonly runtime: Runtime;
  /** No controller will ever take us for one of its cluster. Left out: it goes on asking. */
  readonly onRefused?: (error: ApiError) => void;
}

const final: ReadonlySet<ErrorName> = new Set(["INCONSISTENT_CLUSTER_ID", "CLUSTER_AUTHORIZATION_FAILED"]);

/** Follows the committed metadata of a controller, for brokers and everybody else who only reads it. */
export class MetadataObserver {
  readonly #options: MetadataObserverOptions;
  readonly #listeners = new Set<MetadataListener>();
  readonly #waiters = new OffsetWaiters();
  readonly #backoff: ExponentialBackoff;
  readonly #lag: FeedLag;
  readonly #silence: FeedSilence;
  /** Ends the feed that is followed now. */
  #leave = new AbortController();
  readonly #stop = new AbortController();
  #image: MetadataImage;
  /** A snapshot in the making. */
  #snapshot: MetadataDraft | undefined;
  #running: Promise<void> | undefined;
  readonly #failure: RepeatedFailure;

  constructor(options: MetadataObserverOptions) {
    this.#options = options;
    this.#image = MetadataImage.empty(options.clusterId);
    const { clocks, random, logger } = options.runtime;
    this.#failure = new RepeatedFailure(logger, "metadata feed broke off, following again");
    this.#backoff = new ExponentialBackoff({ backoffMs: 20, backoffMsMax: 1_000, random });
    this.#lag = new FeedLag({
      clock: clocks.liveness,
      appliedOffset: () => this.#image.offset,
      onBehind: () => this.#leaveFeed("the feed is behind"),
    });
    this.#silence = new FeedSilence({
      clock: clocks.liveness,
      onSilent: () => this.#leaveFeed("the feed says nothing"),
    });
  }

  /** What was applied last. */
  get image(): MetadataImage {
    return this.#image;
  }

  /** Returns the function that takes it off again. */
  onChange(listener: MetadataListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to follow, and goes on through every failure until closed. */
  start(): void {
    this.#running ??= this.#run();
  }

  /**
   * The active controller has committed up to `offset`, as the broker's session heard: a feed that does not bring it
   * within a second is left for another.
   */
  expect(offset: number): void {
    this.#lag.expect(offset);
  }

  /** Resolves when everything up to `offset` was applied and published. Rejects with the signal's reason. */
  async waitForOffset(offset: number, signal?: AbortSignal): Promise<void> {
    if (this.#image.offset >= offset) return;
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    await this.#waiters.until(offset, signal);
  }

  async close(): Promise<void> {
    const reason = new ApiError("BROKER_NOT_AVAILABLE", { detail: "this node is shutting down" });
    this.#stop.abort(reason);
    this.#lag.stop();
    this.#waiters.rejectAll(reason);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        const { onRefused } = this.#options;
        if (onRefused !== undefined && error instanceof ApiError && final.has(error.id)) {
          onRefused(error);
          return;
        }
        if (error instanceof InvariantViolation) return this.#options.runtime.fail(error);
        this.#failure.report(error);
      }
      await sleep(this.#options.runtime.clocks.liveness, this.#backoff.nextMs(), signal);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const client = this.#options.channel.client(ControllerService);
    const request = { appliedOffset: BigInt(this.#image.offset) };
    this.#leave = new AbortController();
    const either = AbortSignal.any([signal, this.#leave.signal]);
    this.#silence.start();
    try {
      for await (const message of client.metadataFeed(request, { signal: either })) {
        this.#silence.stop(); // to apply a message takes its time
        await this.#take(message);
        this.#backoff.reset();
        this.#failure.over();
        this.#silence.start();
      }
    } finally {
      this.#silence.stop();
    }
  }

  #leaveFeed(detail: string): void {
    this.#leave.abort(new ApiError("REQUEST_TIMED_OUT", { detail }));
  }

  async #take(message: MetadataFeedResponse): Promise<void> {
    if (message.heartbeat) return;
    if (message.snapshot === undefined) await this.#applyRecords(message);
    else await this.#applySnapshot(message, message.snapshot);
  }

  async #applyRecords(message: MetadataFeedResponse): Promise<void> {
    const offset = Number(message.lastOffset);
    if (offset <= this.#image.offset) throw outOfOrder("its records go back");
    const draft = draftOf(this.#image.state, new Owner());
    await this.#replay(draft, message.records, offset);
    this.#publish(draft, message, draft.changes);
  }

  async #applySnapshot(
    message: MetadataFeedResponse,
    { first, last }: { readonly first: boolean; readonly last: boolean },
  ): Promise<void> {
    const offset = Number(message.lastOffset);
    if (offset < this.#image.offset) throw outOfOrder("its snapshot is older than what was applied");
    if (first) this.#snapshot = draftOf(emptyMetadata, new Owner());
    const draft = this.#snapshot;
    if (draft === undefined) throw outOfOrder("its snapshot has no beginning");
    await this.#replay(draft, message.records, offset);
    if (!last) return this.#lag.loading();
    this.#snapshot = undefined;
    const state = sealDraft(draft);
    const changes = await this.#options.runtime.executor.run(changesBetween(this.#image.state, state));
    this.#publish(draft, message, changes);
  }

  async #replay(draft: MetadataDraft, records: readonly Uint8Array[], offset: number): Promise<void> {
    const task = (function* () {
      for (const [i, bytes] of records.entries()) {
        replay(draft, metadataCodec.decode(bytes), offset);
        if ((i + 1) % RECORDS_PER_SLICE === 0) yield;
      }
    })();
    await this.#options.runtime.executor.run(task);
  }

  #publish(draft: MetadataDraft, message: MetadataFeedResponse, changes: MetadataChanges): void {
    const { clusterId, runtime } = this.#options;
    const offset = Number(message.lastOffset);
    this.#image = new MetadataImage(clusterId, { state: sealDraft(draft), offset, epoch: message.epoch });
    try {
      for (const listener of this.#listeners) listener(this.#image, changes);
    } catch (error) {
      runtime.fail(error);
      throw error;
    }
    this.#waiters.applied(offset);
  }
}

function outOfOrder(what: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail: `the metadata feed is out of order: ${what}` });
}
