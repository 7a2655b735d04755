import { addRaftVoter } from "./add-raft-voter.ts";
import { alterConfigs } from "./alter-configs.ts";
import { apiVersions } from "./api-versions.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { deleteRecords } from "./delete-records.ts";
import { deleteTopics } from "./delete-topics.ts";
import { describeCluster } from "./describe-cluster.ts";
import { describeConfigs } from "./describe-configs.ts";
import { describeLogDirs } from "./describe-log-dirs.ts";
import { describeProducers } from "./describe-producers.ts";
import { describeQuorum } from "./describe-quorum.ts";
import { describeTopicPartitions } from "./describe-topic-partitions.ts";
import { fetch } from "./fetch.ts";
import { findCoordinator } from "./find-coordinator.ts";
import { incrementalAlterConfigs } from "./incremental-alter-configs.ts";
import { initProducerId } from "./init-producer-id.ts";
import type { KafkaApi } from "./kafka-api.ts";
import { listConfigResources } from "./list-config-resources.ts";
import { listOffsets } from "./list-offsets.ts";
import { metadata } from "./metadata.ts";
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.ts";
import { produce } from "./produce.ts";
import { removeRaftVoter } from "./remove-raft-voter.ts";
import { updateFeatures } from "./update-features.ts";

/** Every API that a broker listener serves: what ApiVersions lists, and nothing else. One line a file. */
export const servedApis: readonly KafkaApi[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  findCoordinator,
  apiVersions,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  describeConfigs,
  alterConfigs,
  describeLogDirs,
  createPartitions,
  incrementalAlterConfigs,
  describeQuorum,
  updateFeatures,
  describeCluster,
  describeProducers,
  listConfigResources,
  describeTopicPartitions,
  addRaftVoter,
  removeRaftVoter,
];

/** Finds APIs by the key in a request's header. */
export class ApiRegistry {
  readonly #byKey: (KafkaApi | undefined)[] = [];
  readonly all: readonly KafkaApi[];

  constructor(apis: readonly KafkaApi[]) {
    this.all = [...apis].sort((a, b) => a.key - b.key);
    for (const api of apis) this.#byKey[api.key] = api;
  }

  get(key: number): KafkaApi | undefined {
    return this.#byKey[key];
  }
}
