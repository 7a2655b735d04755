import { groupBrokerConfigs } from "./broker-group-configs.ts";
import { logBrokerConfigs } from "./broker-log-configs.ts";
import { networkBrokerConfigs } from "./broker-network-configs.ts";
import { quorumBrokerConfigs } from "./broker-quorum-configs.ts";
import { remoteStorageBrokerConfigs } from "./broker-remote-storage-configs.ts";
import { replicationBrokerConfigs } from "./broker-replication-configs.ts";
import { securityBrokerConfigs } from "./broker-security-configs.ts";
import { transactionBrokerConfigs } from "./broker-transaction-configs.ts";

/** All that a broker can be configured with, by Kafka's names (Apache Kafka 4.3). */
export const brokerConfigs = {
  ...groupBrokerConfigs,
  ...transactionBrokerConfigs,
  ...securityBrokerConfigs,
  ...remoteStorageBrokerConfigs,
  ...logBrokerConfigs,
  ...quorumBrokerConfigs,
  ...replicationBrokerConfigs,
  ...networkBrokerConfigs,
};
