import type { ConfigView, SupportedFeature } from "@millrace/controller";
import type { ControllerService } from "@millrace/proto/controller";
import type { ByteBudget, Disk, Runtime, ServiceClient } from "@millrace/runtime";
import type { ServedApi } from "./apis/served-api.ts";
import type { BrokerMetadata } from "./core/broker-metadata.ts";
import type { BrokerSettings } from "./core/broker-settings.ts";
import type { FetchSessionCache } from "./core/fetch-session-cache.ts";
import type { ProducerIdPool } from "./core/producer-id-pool.ts";
import type { ReplicaManager } from "./core/replica-manager.ts";
import type { BrokerMetrics } from "./metrics.ts";
import type { Quotas } from "./quotas/quotas.ts";
import type { Authorizer } from "./security/authorizer.ts";

/** What handlers of either front door work with. Made once a broker; nobody reaches around it. */
export interface Broker {
  readonly nodeId: number;
  readonly runtime: Runtime;
  readonly metrics: BrokerMetrics;
  readonly budget: ByteBudget;
  /** What Kafka's listeners serve, by key. */
  readonly apis: readonly ServedApi[];
  /** Levels that this broker can work at; announced with its registration. */
  readonly supportedFeatures: readonly SupportedFeature[];
  /** For configs in force: this broker's id and what its own configuration file sets. */
  readonly configView: ConfigView;
  readonly metadata: BrokerMetadata;
  readonly replicas: ReplicaManager;
  /** Where the logs of its replicas lie. */
  readonly disk: Pick<Disk, "description" | "totalBytes" | "freeBytes">;
  readonly producerIds: ProducerIdPool;
  readonly settings: BrokerSettings;
  readonly fetchSessions: FetchSessionCache;
  /** The active controller, wherever it is. */
  readonly controller: ServiceClient<typeof ControllerService>;
  readonly authorizer: Authorizer;
  readonly quotas: Quotas;
}
