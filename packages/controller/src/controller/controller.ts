import { create } from "@bufbuild/protobuf";
import { CauseSchema, type MetadataRecord } from "@millrace/proto/metadata";
import {
  type CommitListener,
  type CommitLog,
  type DecideEnv,
  ReplicatedState,
  refuse,
  type StateRole,
} from "@millrace/replicated-state";
import {
  ApiError,
  type Clock,
  type Logger,
  type MetricsOf,
  type NodeAddress,
  type Runtime,
  type Timer,
} from "@millrace/runtime";
import { decideFenceBroker } from "../decisions/broker-heartbeat.ts";
import type { TopicDefaults } from "../decisions/create-topics.ts";
import { decideFinalizeFeatures } from "../decisions/finalize-features.ts";
import type { MetadataDecision } from "../decisions/metadata-decision.ts";
import { decideLeaderChanges } from "../decisions/partition-leaders.ts";
import { metadataCodec, metadataDefinition } from "../image/metadata-definition.ts";
import type { MetadataDraft } from "../image/metadata-draft.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import type { MetadataState } from "../image/metadata-state.ts";
import { BrokerSessions, defaultSessionTiming, type SessionTiming } from "./broker-sessions.ts";
import { type Connect, dial } from "./connect.ts";
import { controllerMetrics } from "./controller-metrics.ts";
import type { ControllerQuorum } from "./controller-quorum.ts";
import { isTooLarge, type OriginInit, shortened } from "./decision-limits.ts";
import { type LeaderPass, LeaderReconcile } from "./leader-reconcile.ts";
import { defaultFeedLimits, MetadataFeed } from "./metadata-feed.ts";
import type { RecentCommitsLimits } from "./recent-commits.ts";
import { SuspectedBrokers } from "./suspected-brokers.ts";

/** How long brokers have to come to a new active controller before it dials them; milliseconds. */
const SUSPECTED_AFTER_MS = 50;
/** And how long until it dials them again: one may end when it was just found alive. */
const SUSPECTED_AGAIN_AFTER_MS = 1_000;

export interface ControllerOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  /** `__cluster_metadata`, through raft as a rule. The controller closes it. */
  readonly log: CommitLog;
  /** What `log` lives on. Without it there is nobody to forward to. */
  readonly quorum?: ControllerQuorum;
  /** How other nodes are reached: suspected brokers, and the active controller. Without it nobody is. */
  readonly connect?: Connect;
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
  readonly quorum: ControllerQuorum | undefined;
  readonly connect: Connect | undefined;
  readonly #runtime: Runtime;
  readonly #state: ReplicatedState<MetadataState, MetadataDraft, MetadataRecord>;
  readonly #suspected: SuspectedBrokers;
  #suspectUnheard: Timer | undefined;
  readonly #closing = new AbortController();
  readonly #leaders: LeaderReconcile;
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
    this.quorum = options.quorum;
    this.connect = options.connect;
    this.#suspected = new SuspectedBrokers({
      sessions: this.sessions,
      isGone: (brokerId) => this.#isGone(brokerId),
      onGone: (brokerId, brokerEpoch) => this.#brokerGone(brokerId, brokerEpoch),
    });
    this.#leaders = new LeaderReconcile({
      state: () => state.image.state,
      isActive: () => this.isActive,
      decide: (pass) => this.#moveLeaders(pass),
      executor: runtime.executor,
      clock: runtime.clocks.liveness,
    });
    this.feed = new MetadataFeed({
      image: () => state.image,
      executor: runtime.executor,
      clock: runtime.clocks.liveness,
      isCurrent: () => this.quorum === undefined || this.quorum.status.leader !== undefined,
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

  /** Liveness. */
  get clock(): Clock {
    return this.#runtime.clocks.liveness;
  }

  get logger(): Logger {
    return this.#runtime.logger;
  }

  get isActive(): boolean {
    return this.#state.role === "leading";
  }

  /** Another controller that leads the quorum, as far as this one knows; undefined when it is this one, or nobody. */
  get activeController(): NodeAddress | undefined {
    const leader = this.quorum?.status.leader;
    return leader === undefined || leader.id === this.nodeId
      ? undefined
      : { nodeId: leader.id, ...leader.endpoint };
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
  async write<Response>(
    origin: OriginInit,
    decide: (state: MetadataState, env: DecideEnv) => MetadataDecision<Response>,
  ): Promise<Response> {
    try {
      return await this.#decide(origin, decide);
    } catch (error) {
      if (!(error instanceof ApiError) || error.id !== "NOT_CONTROLLER") throw error;
      throw new ApiError("NOT_CONTROLLER", { servedBy: this.activeController, cause: error });
    }
  }

  async #decide<Response>(
    origin: OriginInit,
    decide: (state: MetadataState, env: DecideEnv) => MetadataDecision<Response>,
  ): Promise<Response> {
    const from = shortened(origin);
    let leads: Promise<void> | undefined;
    const answer = this.#state.write<Response>((state, env) => {
      const decision = decide(state, env);
      if ("refusal" in decision || decision.records.length === 0) {
        leads = this.#stillLeads();
        leads.catch(() => {}); // awaited with the answer
        return decision;
      }
      if (isTooLarge(decision.records, from)) {
        return refuse("POLICY_VIOLATION", "The request asks for more changes than can be made at once.");
      }
      const cause = create(CauseSchema, { origin: from, timestampMs: BigInt(env.nowMs) });
      for (const record of decision.records) record.cause = cause;
      return decision;
    });
    try {
      return await answer;
    } finally {
      await leads;
    }
  }

  /**
   * An answer that writes nothing rests on the state alone, which another controller may be changing already: it waits
   * until a majority says that none has taken over.
   */
  async #stillLeads(): Promise<void> {
    try {
      await this.quorum?.confirmLeads();
    } catch (cause) {
      throw new ApiError("NOT_CONTROLLER", { cause });
    }
  }

  /** Hears of every commit, after the image moved. Returns the function that takes it off again. */
  onCommit(listener: CommitListener<MetadataState, MetadataRecord>): () => void {
    return this.#state.onCommit(listener);
  }

  /** Makes the leader changes that did not fit into the decision that called for them. Safe to call at any time. */
  moveLeaders(): void {
    this.#leaders.ask();
  }

  /** Whether all leader changes that decisions called for have been made. */
  get leadersSettled(): boolean {
    return this.#leaders.settled;
  }

  /** The broker's session stream broke: it is dialled, and fenced at once when its process is gone. */
  suspect(brokerId: number): void {
    void this.#suspected.suspect(brokerId);
  }

  /** Ends all sessions and closes the log: what was accepted is written, the rest is refused. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#endSessions();
    await this.#state.close();
  }

  #endSessions(): void {
    this.#suspectUnheard?.cancel();
    this.#suspectUnheard = undefined;
    this.sessions.clear();
  }

  /** Until each has come, is gone, or has been silent for a session's timeout. */
  #suspectUnheardAfter(delayMs: number): void {
    const timer = this.clock.setTimer(delayMs, async () => {
      await this.#suspected.suspectAll(this.sessions.unheard);
      const goesOn = this.#suspectUnheard === timer && this.sessions.unheard.length > 0;
      if (goesOn) this.#suspectUnheardAfter(SUSPECTED_AGAIN_AFTER_MS);
    });
    this.#suspectUnheard = timer;
  }

  #roleChanged(role: StateRole, epoch: number): void {
    this.logger.info({ nodeId: this.nodeId, role, epoch }, "controller role changed");
    this.#endSessions();
    if (role !== "leading") return;
    // Nobody is fenced for the silence between two active controllers, but for those who ended with the last one.
    for (const broker of this.#state.image.state.brokers.values()) {
      if (!broker.fenced) this.sessions.grant(broker.id, broker.epoch);
    }
    this.#suspectUnheardAfter(SUSPECTED_AFTER_MS);
    void this.#writeOwn("FinalizeFeatures", decideFinalizeFeatures);
    this.moveLeaders();
  }

  async #moveLeaders(pass: LeaderPass): Promise<boolean> {
    const written = await this.#writeOwn("MoveLeaders", (state) => {
      if (pass.next === undefined) return { records: [], response: true };
      const search = { from: pass.next, leaderlessOnly: pass.leaderlessOnly };
      const { records, response } = decideLeaderChanges(state, pass.topicNames, search);
      pass.next = response;
      return { records, response: true };
    });
    return written ?? false;
  }

  async #isGone(brokerId: number): Promise<boolean> {
    const broker = this.#state.image.state.brokers.get(brokerId);
    if (broker === undefined || this.connect === undefined) return false;
    const address = { host: broker.grpcHost, port: broker.grpcPort };
    return (await dial(this.connect, address, this.#closing.signal)) === "refused";
  }

  #brokerGone(brokerId: number, brokerEpoch: number): void {
    this.#metrics.millrace_controller_brokers_gone_total.add(1);
    this.logger.warn({ brokerId, brokerEpoch }, "broker is gone (its port refuses connections), fencing it");
    this.#fence(brokerId, brokerEpoch);
  }

  #sessionExpired(brokerId: number, brokerEpoch: number): void {
    this.#metrics.millrace_controller_broker_sessions_expired_total.add(1);
    this.logger.warn({ brokerId, brokerEpoch }, "broker session expired, fencing it");
    this.#fence(brokerId, brokerEpoch);
  }

  #fence(brokerId: number, brokerEpoch: number): void {
    const fenced = this.#writeOwn("FenceBroker", (state) =>
      decideFenceBroker(state, { brokerId, brokerEpoch }),
    );
    void fenced.then((outcome) => {
      if (outcome?.more) this.moveLeaders();
      // Too much else waits to be written: a session that ends once more tries it again.
      const isLeftOver = outcome === undefined && this.isActive && !this.sessions.isLive(brokerId);
      if (isLeftOver) this.sessions.grant(brokerId, brokerEpoch);
    });
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
      this.logger.error({ request, error }, "controller could not write what it decided itself");
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
