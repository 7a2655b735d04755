import {
  BrokerSession,
  brokerConfigValue,
  type ConfigView,
  controllerClient,
  MetadataImage,
  MetadataObserver,
  NO_LEADER,
  supportedFeatures,
  topicConfigOf,
} from "@millrace/controller";
import { type LogConfig, openLogDirectory, type PartitionLogs } from "@millrace/log";
import { ApiError, BufferPool, ByteBudget } from "@millrace/runtime";
import type { Broker } from "./broker.ts";
import { MetadataFollower } from "./core/metadata-follower.ts";
import { setAside, strayLogs } from "./core/stray-logs.ts";
import { topicSettings } from "./core/topic-settings.ts";
import { createBroker, type ServingBroker } from "./create-broker.ts";
import { BoundListeners } from "./kafka-listener/bound-listeners.ts";
import { logCacheBytes } from "./log-cache-bytes.ts";
import type { BrokerEndpoint, RunningBroker, StartBrokerOptions } from "./start-broker-options.ts";

/** How long a controlled shutdown may take to hand over leaderships; then the broker goes without. */
const HANDOVER_MAX_MS = 3_000;

/** The parts of a broker in the order in which they start, and how they end. */
export class BrokerNode implements RunningBroker {
  readonly #options: StartBrokerOptions;
  readonly #view: ConfigView;
  /** Of requests and logs alike: what one frees the other takes. What is free in it belongs to the logs' part. */
  readonly #pool: BufferPool;
  readonly #network: BoundListeners;
  readonly #observer: MetadataObserver;
  readonly #registered = Promise.withResolvers<number>();
  readonly #created = Promise.withResolvers<ServingBroker>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #serving = Promise.withResolvers<Broker>();
  readonly #stop = new AbortController();
  #endpoints: readonly BrokerEndpoint[] = [];
  #logs: PartitionLogs | undefined;
  #session: BrokerSession | undefined;
  #follower: MetadataFollower | undefined;
  #broker: ServingBroker | undefined;
  #isReady = false;
  #closing: Promise<void> | undefined;

  constructor(options: StartBrokerOptions) {
    const { runtime, clusterId, controllerChannel: channel } = options;
    this.#options = options;
    this.#view = { brokerId: options.nodeId, staticConfigs: options.staticConfigs ?? new Map() };
    this.#pool = options.bufferPool ?? new BufferPool({ freeBytesMax: 0 });
    this.#network = new BoundListeners(options.network);
    this.#observer = new MetadataObserver({ clusterId, channel, runtime });
    for (const { promise } of [this.#registered, this.#created, this.#ready, this.#serving]) {
      promise.catch(() => {}); // whoever waits is told; it is no news that nobody does
    }
  }

  get endpoints(): readonly BrokerEndpoint[] {
    return this.#endpoints;
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves with `ready`: what handlers of gRPC wait for. */
  get serving(): Promise<Broker> {
    return this.#serving.promise;
  }

  async open(): Promise<void> {
    await this.#bind();
    this.#logs = await this.#openLogs();
    this.#observer.onChange((image, changes) => {
      this.#session?.metadataEpoch(image.epoch);
      this.#follower?.offer(image, changes);
    });
    this.#observer.start();
    this.#serve().catch((error: unknown) => this.#failed(error));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #bind(): Promise<void> {
    const endpoints: BrokerEndpoint[] = [];
    for (const { name, host, port, advertisedHost, advertisedPort } of this.#options.listeners) {
      const bound = await this.#network.bind({ host, port });
      endpoints.push({
        name,
        ...bound,
        advertisedHost: advertisedHost ?? bound.host,
        advertisedPort: advertisedPort ?? bound.port,
      });
    }
    this.#endpoints = endpoints;
  }

  async #openLogs(): Promise<PartitionLogs> {
    const { disk, logPath, runtime, budgetBytes } = this.#options;
    return await openLogDirectory({
      disk,
      ...(logPath !== undefined && { path: logPath }),
      runtime,
      configOf: (topic) => this.#firstConfig(topic),
      cacheBytesMax: logCacheBytes(budgetBytes),
      bufferPool: this.#pool,
      retentionCheckIntervalMs: this.#static("log.retention.check.interval.ms"),
      checkpointIntervalMs: this.#static("log.flush.offset.checkpoint.interval.ms"),
      producerIdExpirationMs: this.#static("producer.id.expiration.ms"),
    });
  }

  /** Until the metadata has said what a topic keeps, all of it is kept. */
  #firstConfig(topic: string): LogConfig {
    const { log } = topicSettings(topicConfigOf(this.#observer.image, this.#view, topic));
    return { ...log, retentionMs: -1, retentionBytes: -1 };
  }

  #static<N extends Parameters<typeof brokerConfigValue>[2]>(name: N) {
    return brokerConfigValue<N>(MetadataImage.empty(this.#options.clusterId), this.#view, name);
  }

  async #serve(): Promise<void> {
    const { signal } = this.#stop;
    await this.#register();
    const brokerEpoch = await this.#registered.promise;
    await this.#observer.waitForOffset(brokerEpoch, signal);
    // From here on nothing of the metadata may be missed: no await between the image and the follower.
    const image = this.#observer.image;
    const creating = this.#create(image, brokerEpoch);
    this.#follower = new MetadataFollower(
      async (next, changes) => (await creating).applyMetadata(next, changes),
      (error) => this.#failed(error),
    );
    const broker = await creating;
    this.#created.resolve(broker);
    await this.#session!.untilUnfenced(signal);
    // Clients see this broker in their first answer.
    await broker.broker.metadata.whenApplied(this.#session!.committedOffset);
    if (signal.aborted) return;
    for (const { name, host, port, advertisedHost, advertisedPort } of this.#endpoints) {
      await broker.listener.open({
        name,
        host,
        port,
        advertised: { host: advertisedHost, port: advertisedPort },
      });
    }
    this.#isReady = true;
    this.#serving.resolve(broker.broker);
    this.#ready.resolve();
  }

  async #register(): Promise<void> {
    const { runtime, nodeId, clusterId, directoryId, incarnationId, rack } = this.#options;
    const { host: grpcHost, port: grpcPort } = await this.#options.grpcAddress;
    if (this.#stop.signal.aborted) return;
    this.#session = new BrokerSession({
      identity: {
        brokerId: nodeId,
        clusterId,
        directoryId,
        incarnationId,
        listeners: this.#endpoints.map(({ name, advertisedHost: host, advertisedPort: port }) => ({
          name,
          securityProtocol: "PLAINTEXT",
          host,
          port,
        })),
        grpcHost,
        grpcPort,
        rack,
        previousBrokerEpoch: this.#logs?.cleanShutdownBrokerEpoch ?? -1,
      },
      channel: this.#options.controllerChannel,
      runtime,
      metadata: this.#appliedMetadata(),
      onRefused: (error) => this.#failed(error),
      onRegistered: (brokerEpoch) => this.#registered.resolve(brokerEpoch),
      onCommittedOffset: (offset) => this.#observer.expect(offset),
    });
    this.#session.start();
  }

  /** The session tells the controller what partitions here follow, not what merely arrived. */
  #appliedMetadata() {
    const nothing = { offset: -1 };
    const applied = () => this.#broker?.broker.metadata.image ?? nothing;
    return {
      get image() {
        return applied();
      },
      waitForOffset: async (offset: number) =>
        (await this.#created.promise).broker.metadata.whenApplied(offset),
    };
  }

  async #create(image: MetadataImage, brokerEpoch: number): Promise<ServingBroker> {
    const { runtime, nodeId, disk, budgetBytes, controllerChannel, authorizer, quotas } = this.#options;
    const budget = new ByteBudget(budgetBytes - logCacheBytes(budgetBytes));
    const logs = await this.#tidyLogs(image, brokerEpoch);
    this.#broker = await createBroker({
      nodeId,
      runtime,
      network: this.#network,
      budget,
      framePool: this.#pool,
      logs,
      disk,
      image,
      controller: controllerClient(controllerChannel, runtime.clocks.liveness),
      staticConfigs: this.#view.staticConfigs,
      supportedFeatures,
      connectionSettings: {
        frameBytesMax: Math.min(this.#static("socket.request.max.bytes"), budget.limitBytes),
        idleMs: this.#static("connections.max.idle.ms"),
      },
      connectionsMax: this.#static("max.connections"),
      fetchSessionsMax: this.#static("max.incremental.fetch.session.cache.slots"),
      ...(authorizer !== undefined && { authorizer }),
      ...(quotas !== undefined && { quotas }),
    });
    return this.#broker;
  }

  /** Logs of topics that are removed from now on are deleted; whatever else is not asked for is set aside. */
  async #tidyLogs(image: MetadataImage, brokerEpoch: number): Promise<PartitionLogs> {
    const { disk, logPath = "", nodeId, runtime } = this.#options;
    const strays = strayLogs(this.#logs!, image, nodeId);
    if (strays.length > 0) {
      // Rare enough to begin again with what is left.
      await this.#logs!.close({ brokerEpoch });
      await setAside(disk, logPath, strays, runtime);
      this.#logs = await this.#openLogs();
    }
    return this.#logs!;
  }

  /** Before it was ready, whoever waits for that is told; later there is no way to go on. */
  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#options.runtime.logger.error({ err: error }, "the broker cannot go on");
    if (this.#isReady) this.#options.runtime.fail(error);
    this.#reject(error);
  }

  #reject(reason: unknown): void {
    for (const { reject } of [this.#registered, this.#created, this.#ready, this.#serving]) reject(reason);
  }

  async #close(): Promise<void> {
    const { logger } = this.#options.runtime;
    const reason = new ApiError("BROKER_NOT_AVAILABLE", { detail: "the broker is shutting down" });
    const steps: (() => Promise<void> | undefined)[] = [
      () => this.#handOver(),
      async () => {
        this.#stop.abort(reason);
        this.#reject(reason);
      },
      async () => this.#resign(),
      () => this.#broker?.close(),
      () => this.#network.close(),
      () => this.#session?.close(),
      () => this.#observer.close(),
      () => this.#follower?.idle(),
      () => this.#logs?.close({ brokerEpoch: this.#session?.brokerEpoch ?? -1 }),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (err) {
        logger.error({ err }, "a part of the broker did not close in order");
      }
    }
  }

  /** Whoever waits for a partition here, over whatever protocol, is told to look elsewhere. */
  #resign(): void {
    for (const partition of this.#broker?.broker.replicas.all() ?? []) {
      partition.lead({ ...partition.leadership, leader: NO_LEADER });
    }
  }

  async #handOver(): Promise<void> {
    if (!this.#isReady || this.#session === undefined) return;
    const { runtime, failed } = this.#options;
    const late = new AbortController();
    const timer = runtime.clocks.liveness.setTimer(HANDOVER_MAX_MS, () => late.abort());
    try {
      await this.#session.shutDown(AbortSignal.any([late.signal, ...(failed === undefined ? [] : [failed])]));
    } catch (err) {
      // The controller finds a failed broker by its silence.
      if (failed?.aborted) return;
      runtime.logger.warn({ err }, "leaderships could not be handed over in time");
    } finally {
      timer.cancel();
    }
  }
}
