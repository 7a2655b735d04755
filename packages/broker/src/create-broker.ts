import type { ConfigMap, MetadataChanges, MetadataImage, SupportedFeature } from "@millrace/controller";
import type { PartitionLogs } from "@millrace/log";
import type { ControllerService } from "@millrace/proto/controller";
import type { BufferPool, ByteBudget, Runtime, ServiceClient, StreamNetwork } from "@millrace/runtime";
import type { KafkaApi } from "./apis/kafka-api.ts";
import { ApiRegistry, servedApis } from "./apis/registry.ts";
import type { Broker } from "./broker.ts";
import { BrokerMetadata } from "./core/broker-metadata.ts";
import { BrokerSettings } from "./core/broker-settings.ts";
import { FetchSessionCache } from "./core/fetch-session-cache.ts";
import { ProducerIdPool } from "./core/producer-id-pool.ts";
import { ReplicaManager } from "./core/replica-manager.ts";
import { type ConnectionSettings, defaultConnectionSettings } from "./kafka-listener/connection-settings.ts";
import { KafkaListener } from "./kafka-listener/kafka-listener.ts";
import { RequestDispatcher } from "./kafka-listener/request-dispatcher.ts";
import { brokerMetricsCatalogue } from "./metrics.ts";
import { noQuotas, type Quotas } from "./quotas/quotas.ts";
import { type Authorizer, allowAll } from "./security/authorizer.ts";

export interface BrokerOptions {
  readonly nodeId: number;
  readonly runtime: Runtime;
  readonly network: StreamNetwork;
  /** Of the whole process: frames, caches and queues. */
  readonly budget: ByteBudget;
  /** For requests. What is free in it does not count in `budget`. */
  readonly framePool: BufferPool;
  readonly logs: PartitionLogs;
  /** Where the logs lie. */
  readonly disk: Broker["disk"];
  /** What is known of the cluster before the first change arrives: its id at least. */
  readonly image: MetadataImage;
  readonly controller: ServiceClient<typeof ControllerService>;
  /** What the configuration file sets, by Kafka's names. */
  readonly staticConfigs: ConfigMap;
  readonly supportedFeatures: readonly SupportedFeature[];
  readonly connectionSettings?: Partial<ConnectionSettings>;
  /** `max.connections`. */
  readonly connectionsMax?: number;
  /** `max.incremental.fetch.session.cache.slots`. Default 1,000. */
  readonly fetchSessionsMax?: number;
  readonly authorizer?: Authorizer;
  readonly quotas?: Quotas;
  readonly apis?: readonly KafkaApi[];
}

/** A broker that serves. Listeners are opened by whoever composes a node, and registered with the controller. */
export interface ServingBroker {
  readonly broker: Broker;
  readonly listener: KafkaListener;
  /** Follows a step of the metadata; steps wait for each other. Resolves when this broker serves by it. */
  applyMetadata(image: MetadataImage, changes: MetadataChanges): Promise<void>;
  /** Closes connections and listeners. The logs are their owner's to close. */
  close(): Promise<void>;
}

export async function createBroker(options: BrokerOptions): Promise<ServingBroker> {
  const { nodeId, runtime, budget, logs, disk, image, controller } = options;
  const configView = { brokerId: nodeId, staticConfigs: options.staticConfigs };
  const metadata = new BrokerMetadata(image);
  const apis = new ApiRegistry(options.apis ?? servedApis);
  const broker: Broker = {
    nodeId,
    runtime,
    budget,
    disk,
    configView,
    metadata,
    controller,
    producerIds: new ProducerIdPool(nodeId, metadata, controller),
    metrics: runtime.metrics.register(brokerMetricsCatalogue),
    apis: apis.all,
    supportedFeatures: options.supportedFeatures,
    replicas: new ReplicaManager({ configView, logs, logger: runtime.logger }),
    settings: new BrokerSettings(metadata, configView),
    fetchSessions: new FetchSessionCache({
      sessionsMax: options.fetchSessionsMax ?? 1_000,
      clock: runtime.clocks.liveness,
      random: runtime.random,
    }),
    authorizer: options.authorizer ?? allowAll,
    quotas: options.quotas ?? noQuotas,
  };
  await broker.replicas.start(image);
  collectMetrics(broker);
  const dispatcher = new RequestDispatcher(apis, broker);
  const listener = new KafkaListener({
    runtime,
    budget,
    framePool: options.framePool,
    network: options.network,
    metrics: broker.metrics,
    settings: { ...defaultConnectionSettings, ...options.connectionSettings },
    connectionsMax: options.connectionsMax ?? Number.POSITIVE_INFINITY,
    handle: (connection, request) => dispatcher.dispatch(connection, request),
  });
  let applied: Promise<void> = Promise.resolve();
  return {
    broker,
    listener,
    applyMetadata(next, changes) {
      applied = applied.then(async () => {
        await broker.replicas.apply(next, changes);
        metadata.publish(next);
      });
      return applied;
    },
    close: () => listener.close(),
  };
}

function collectMetrics({ runtime, metrics, budget, replicas, fetchSessions }: Broker): void {
  runtime.metrics.onCollect(() => {
    metrics.millrace_broker_byte_budget_used_bytes.set(budget.usedBytes);
    metrics.millrace_broker_byte_budget_limit_bytes.set(budget.limitBytes);
    metrics.millrace_broker_fetch_sessions.set(fetchSessions.size);
    metrics.millrace_broker_offline_partitions.set(replicas.offlineCount);
    let led = 0;
    for (const partition of replicas.all()) if (partition.isLeader) led++;
    metrics.millrace_broker_led_partitions.set(led);
  });
}
