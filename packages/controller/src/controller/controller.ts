import { create } from "@bufbuild/protobuf";
import { ControllerService } from "@millrace/proto/controller";
import { CauseSchema, type MetadataRecord } from "@millrace/proto/metadata";
import {
  type CommitLog,
  type DecideEnv,
  ReplicatedState,
  refuse,
  type StateRole,
} from "@millrace/replicated-state";
import { ApiError, type MetricsOf, type RpcRouter, type Runtime } from "@millrace/runtime";
import { decideFenceBroker } from "../decisions/broker-heartbeat.ts";
import type { TopicDefaults } from "../decisions/create-topics.ts";
import { decideFinalizeFeatures } from "../decisions/finalize-features.ts";
import type { MetadataDecision } from "../decisions/metadata-decision.ts";
import { decideLeaderChanges } from "../decisions/partition-leaders.ts";
import { metadataCodec, metadataDefinition } from "../image/metadata-definition.ts";
import type { MetadataDraft } from "../image/metadata-draft.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import type { MetadataState } from "../image/metadata-state.ts";
import { adminHandlers } from "./admin-handlers.ts";
import { BrokerSessions, defaultSessionTiming, type SessionTiming } from "./broker-sessions.ts";
import { controllerMetrics } from "./controller-metrics.ts";
import { isTooLarge, type OriginInit, shortened } from "./decision-limits.ts";
import { defaultFeedLimits, MetadataFeed } from "./metadata-feed.ts";
import type { RecentCommitsLimits } from "./recent-commits.ts";
import { sessionHandlers } from "./session-handlers.ts";

export interface ControllerOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  /** `__cluster_metadata`, through raft as a rule. The controller closes it. */
  readonly log: CommitLog;
  readonly runtime: Runtime;
  /** For topics that are created without counts: `num.partitions` and `default.replication.factor`. */
  readonly topicDefaults?: TopicDefaults;
  readonly timing?: Partial<SessionTiming>;
  readonly feedLimits?: Partial<RecentCommitsLimits>;
}

/**
 * One controller of the quorum. The active one decides what the metadata log says; every one follows it and hands it
 * on to observers.
 */
export class Controller {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly timing: SessionTiming;
  readonly topicDefaults: TopicDefaults;
  readonly feed: MetadataFeed;
  readonly sessions: BrokerSessions;
  readonly #runtime: Runtime;
  readonly #state: ReplicatedState<MetadataState, MetadataDraft, MetadataRecord>;
  #movingLeaders: Promise<void> | undefined;
  readonly #metrics: MetricsOf<typeof controllerMetrics>;

  /** Loads the latest snapshot; the log above it follows. Rejects when the log cannot be read. */
  static async open(options: ControllerOptions): Promise<Controller> {
    const state = await ReplicatedState.open({
      definition: metadataDefinition,
      codec: metadataCodec,
      log: options.log,
      runtime: options.runtime,
      clock: options.runtime.clocks.domain,
      errors: {
        notLeading: "NOT_CONTROLLER",
        loading: "NOT_CONTROLLER",
        overloaded: "THROTTLING_QUOTA_EXCEEDED",
      },
    });
    return new Controller(options, state);
  }

  /** `open` makes controllers. */
  private constructor(
    options: ControllerOptions,
    state: ReplicatedState<MetadataState, MetadataDraft, MetadataRecord>,
  ) {
    const { runtime } = options;
    this.nodeId = options.nodeId;
    this.clusterId = options.clusterId;
    this.timing = { ...defaultSessionTiming, ...options.timing };
    this.topicDefaults = options.topicDefaults ?? { partitions: 1, replicationFactor: 1 };
    this.#runtime = runtime;
    this.#state = state;
    this.#metrics = runtime.metrics.register(controllerMetrics);
    this.sessions = new BrokerSessions(
      runtime.clocks.liveness,
      this.timing.sessionTimeoutMs,
      (brokerId, brokerEpoch) => this.#sessionExpired(brokerId, brokerEpoch),
    );
    this.feed = new MetadataFeed({
      image: () => state.image,
      executor: runtime.executor,
      limits: { ...defaultFeedLimits, ...options.feedLimits },
      onSnapshot: () => this.#metrics.millrace_controller_feed_snapshots_total.add(1),
    });
    state.onCommit((commit) => {
      this.feed.onCommit(commit);
      for (const { decoded } of commit.batches ?? []) {
        this.#metrics.millrace_controller_records_committed_total.add(decoded.length);
      }
    });
    state.onRoleChange((role, epoch) => this.#roleChanged(role, epoch));
    if (state.role === "leading") this.#roleChanged(state.role, state.image.epoch);
    runtime.metrics.onCollect(() => this.#collect());
  }

  /** Serves `ControllerService`. */
  addTo(router: RpcRouter): void {
    router.add(ControllerService, { ...adminHandlers(this), ...sessionHandlers(this) });
  }

  get isActive(): boolean {
    return this.#state.role === "leading";
  }

  /** Resolves when this controller is the active one; rejects when it was closed. */
  untilActive(): Promise<void> {
    return this.#state.untilLeading();
  }

  /** Committed metadata. */
  get image(): MetadataImage {
    return new MetadataImage(this.clusterId, this.#state.image);
  }

  /**
   * Decides, and settles when that is committed. Every record says who caused it and when. Rejects with the refusal,
   * with POLICY_VIOLATION when it is too large, with NOT_CONTROLLER (its outcome is unknown when it was accepted before) or THROTTLING_QUOTA_EXCEEDED.
   */
  write<Response>(
    origin: OriginInit,
    decide: (state: MetadataState, env: DecideEnv) => MetadataDecision<Response>,
  ): Promise<Response> {
    return this.#state.write((state, env) => {
      const decision = decide(state, env);
      if ("refusal" in decision || decision.records.length === 0) return decision;
      if (isTooLarge(decision.records)) {
        return refuse("POLICY_VIOLATION", "The request asks for more changes than can be made at once.");
      }
      const cause = create(CauseSchema, { origin: shortened(origin), timestampMs: BigInt(env.nowMs) });
      for (const record of decision.records) record.cause = cause;
      return decision;
    });
  }

  /** Makes the leader changes that did not fit into the decision that called for them. Safe to call at any time. */
  moveLeaders(): void {
    this.#movingLeaders ??= this.#moveLeaders().finally(() => {
      this.#movingLeaders = undefined;
    });
  }

  /** Ends all sessions and closes the log: what was accepted is written, the rest is refused. */
  async close(): Promise<void> {
    this.sessions.clear();
    await this.#state.close();
  }

  #roleChanged(role: StateRole, epoch: number): void {
    this.#runtime.logger.info({ nodeId: this.nodeId, role, epoch }, "controller role changed");
    this.sessions.clear();
    if (role !== "leading") return;
    // Nobody is fenced for the silence between two active controllers.
    for (const broker of this.#state.image.state.brokers.values()) {
      if (!broker.fenced) this.sessions.touch(broker.id, broker.epoch);
    }
    void this.#writeOwn("FinalizeFeatures", decideFinalizeFeatures);
    this.moveLeaders();
  }

  async #moveLeaders(): Promise<void> {
    let more: boolean | undefined;
    do {
      more = await this.#writeOwn("MoveLeaders", decideLeaderChanges);
    } while (more);
  }

  #sessionExpired(brokerId: number, brokerEpoch: number): void {
    this.#metrics.millrace_controller_broker_sessions_expired_total.add(1);
    this.#runtime.logger.warn({ brokerId, brokerEpoch }, "broker session expired, fencing it");
    const fenced = this.#writeOwn("FenceBroker", (state) =>
      decideFenceBroker(state, { brokerId, brokerEpoch }),
    );
    void fenced.then((outcome) => outcome?.more && this.moveLeaders());
  }

  /** Undefined when it could not be written: whoever becomes active next does it again. */
  async #writeOwn<Response>(
    request: string,
    decide: (state: MetadataState, env: DecideEnv) => MetadataDecision<Response>,
  ): Promise<Response | undefined> {
    try {
      return await this.write({ principal: `Controller:${this.nodeId}`, request }, decide);
    } catch (error) {
      if (error instanceof ApiError && error.id === "NOT_CONTROLLER") return undefined;
      this.#runtime.logger.error({ request, error }, "controller could not write what it decided itself");
      return undefined;
    }
  }

  #collect(): void {
    const { state, offset } = this.#state.image;
    const brokers = [...state.brokers.values()];
    const fenced = brokers.filter((broker) => broker.fenced).length;
    this.#metrics.millrace_controller_active.set(this.isActive ? 1 : 0);
    this.#metrics.millrace_controller_metadata_offset.set(offset);
    this.#metrics.millrace_controller_topics.set(state.topics.size);
    this.#metrics.millrace_controller_partitions.set(countPartitions(state));
    this.#metrics.millrace_controller_brokers.set(brokers.length - fenced, { state: "unfenced" });
    this.#metrics.millrace_controller_brokers.set(fenced, { state: "fenced" });
    this.#metrics.millrace_controller_feed_subscribers.set(this.feed.subscribers);
  }
}

const counts = new WeakMap<MetadataState["topics"], number>();

/** Counted once for each image that has other topics. */
function countPartitions({ topics }: MetadataState): number {
  let count = counts.get(topics);
  if (count === undefined) {
    count = 0;
    for (const topic of topics.values()) count += topic.partitions.count;
    counts.set(topics, count);
  }
  return count;
}
