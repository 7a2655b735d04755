export type { Broker } from "./broker.ts";
export { type ConnectionSettings, defaultConnectionSettings } from "./kafka-listener/connection-settings.ts";
export type { KafkaListener } from "./kafka-listener/kafka-listener.ts";
export type { ListenerOptions, OpenListener } from "./kafka-listener/listener-options.ts";
export { type BrokerMetrics, brokerMetricsCatalogue } from "./metrics.ts";
export { noQuotas, type Quotas } from "./quotas/quotas.ts";
export type { ClientSoftware, RequestContext } from "./request-context.ts";
export { type AclOperation, type Authorizer, allowAll, type ResourceType } from "./security/authorizer.ts";
export { plaintext, type SecurityProtocol } from "./security/security-protocol.ts";
export { type ServeQuorumAdminOptions, serveQuorumAdmin } from "./serve-quorum-admin.ts";
export { startBroker } from "./start-broker.ts";
export type {
  BrokerEndpoint,
  BrokerListenerOptions,
  RunningBroker,
  StartBrokerOptions,
} from "./start-broker-options.ts";
