export { ApiRegistry, servedApis } from "./apis/registry.ts";
export type { Broker } from "./broker.ts";
export { BrokerMetadata } from "./core/broker-metadata.ts";
export { ReplicaManager, type ReplicaManagerOptions } from "./core/replica-manager.ts";
export { type ConnectionSettings, defaultConnectionSettings } from "./kafka-listener/connection-settings.ts";
export {
  KafkaListener,
  type KafkaListenerOptions,
  type ListenerOptions,
  type OpenListener,
} from "./kafka-listener/kafka-listener.ts";
export { RequestDispatcher } from "./kafka-listener/request-dispatcher.ts";
export { type BrokerMetrics, brokerMetricsCatalogue } from "./metrics.ts";
export { noQuotas, type Quotas } from "./quotas/quotas.ts";
export type { ClientSoftware, RequestContext } from "./request-context.ts";
export { type AclOperation, type Authorizer, allowAll, type ResourceType } from "./security/authorizer.ts";
export { plaintext, type SecurityProtocol } from "./security/security-protocol.ts";
