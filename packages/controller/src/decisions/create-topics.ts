import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreatedTopicSchema, CreateTopicsRequest, NewTopic } from "@millrace/proto/admin";
import type { MetadataRecord } from "@millrace/proto/metadata";
import type { DecideEnv } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import { checkConfigs } from "../configs/check-configs.ts";
import { configResourceTypes } from "../image/config-resource.ts";
import type { MetadataState } from "../image/metadata-state.ts";
import { partitionRecords } from "../image/partition-records.ts";
import type { PartitionState } from "../image/partition-state.ts";
import { metadataRecord } from "../image/records.ts";
import { canCollide, collisionKey, invalidTopicName } from "../image/topic-name.ts";
import { type Uuid, uuidFromPeer, uuidFromText, uuidToBytes } from "../image/uuid.ts";
import {
  eachItem,
  type MetadataAcceptance,
  PARTITIONS_PER_REQUEST_MAX,
  repeated,
} from "./metadata-decision.ts";
import { assignedPartitions, placedPartitions } from "./new-partitions.ts";

export interface TopicDefaults {
  readonly partitions: number;
  readonly replicationFactor: number;
}

type CreatedTopicInit = MessageInitShape<typeof CreatedTopicSchema>;

export function decideCreateTopics(
  state: MetadataState,
  request: Pick<CreateTopicsRequest, "topics" | "validateOnly">,
  defaults: TopicDefaults,
  env: DecideEnv,
): MetadataAcceptance<CreatedTopicInit[]> {
  const records: MetadataRecord[] = [];
  const duplicates = repeated(request.topics.map(({ name }) => name));
  const created = new TakenNames(state);
  let partitionsLeft = PARTITIONS_PER_REQUEST_MAX;

  const response = eachItem<NewTopic, CreatedTopicInit>(
    request.topics,
    (topic) => {
      if (duplicates.has(topic.name)) throw invalidRequest("Duplicate topic name.");
      const made = madeBefore(state, topic);
      if (made !== undefined) return made;
      const wantedId = uuidFromPeer(topic.topicId);
      created.check(topic.name, wantedId);
      const partitions = partitionsOf(state, topic, defaults, partitionsLeft, env);
      const configs = new Map(Object.entries(topic.configs));
      checkConfigs({ type: configResourceTypes.topic, name: topic.name }, configs);
      partitionsLeft -= partitions.length;
      const id = wantedId ?? uuidFromText(env.newUuid());
      created.add(topic.name, id);
      if (!request.validateOnly) {
        records.push(
          metadataRecord({ case: "topic", value: { topicId: uuidToBytes(id), name: topic.name } }),
        );
        records.push(...partitionRecords(id, 0, partitions));
        for (const [name, value] of configs) records.push(topicConfigRecord(topic.name, name, value));
      }
      return {
        name: topic.name,
        ...(request.validateOnly ? {} : { topicId: uuidToBytes(id) }),
        partitions: partitions.length,
        replicationFactor: partitions[0]!.replicas.length,
      };
    },
    ({ name }, error) => ({ name, error }),
  );
  return { records, response };
}

/** The topic, when an earlier attempt of the same request made it: the answer was lost, and not what it was about. */
function madeBefore(state: MetadataState, { name, topicId }: NewTopic): CreatedTopicInit | undefined {
  const topic = state.topics.get(name);
  if (topic === undefined || topic.id !== uuidFromPeer(topicId)) return undefined;
  const { partitions } = topic;
  return { name, topicId, partitions: partitions.count, replicationFactor: partitions.replicas(0).length };
}

/** Names and ids that are taken: by topics that exist, and by those that this request creates. */
class TakenNames {
  readonly #state: MetadataState;
  readonly #names = new Set<string>();
  readonly #ids = new Set<Uuid>();
  readonly #collisionKeys = new Map<string, string>();

  constructor(state: MetadataState) {
    this.#state = state;
  }

  check(name: string, id: Uuid | undefined): void {
    const invalid = invalidTopicName(name);
    if (invalid !== undefined) {
      throw new ApiError("INVALID_TOPIC_EXCEPTION", { detail: `Topic name is invalid: ${invalid}` });
    }
    if (name === "__cluster_metadata") {
      throw invalidRequest("Creation of internal topic __cluster_metadata is prohibited.");
    }
    if (this.#state.topics.has(name) || this.#names.has(name)) {
      throw new ApiError("TOPIC_ALREADY_EXISTS", { detail: `Topic '${name}' already exists.` });
    }
    if (id !== undefined && (this.#state.topicNames.has(id) || this.#ids.has(id))) {
      throw invalidRequest(`Topic id ${id} is another topic's.`);
    }
    if (!canCollide(name)) return;
    const key = collisionKey(name);
    const other = this.#state.collidingNames.get(key) ?? this.#collisionKeys.get(key);
    if (other !== undefined) {
      throw new ApiError("INVALID_TOPIC_EXCEPTION", {
        detail: `Topic '${name}' collides with existing topic: ${other}`,
      });
    }
  }

  add(name: string, id: Uuid): void {
    this.#names.add(name);
    this.#ids.add(id);
    if (canCollide(name)) this.#collisionKeys.set(collisionKey(name), name);
  }
}

function partitionsOf(
  state: MetadataState,
  topic: NewTopic,
  defaults: TopicDefaults,
  limit: number,
  env: DecideEnv,
): PartitionState[] {
  if (topic.assignments.length > 0) {
    if (topic.partitions !== undefined || topic.replicationFactor !== undefined) {
      const what = topic.partitions === undefined ? "replication factor" : "numPartitions";
      throw invalidRequest(`A manual partition assignment was specified, but ${what} was not set to -1.`);
    }
    checkLimit(topic.assignments.length, limit);
    return assignedPartitions(
      state,
      topic.assignments.map(({ brokerIds }) => brokerIds),
    );
  }
  const partitions = topic.partitions ?? defaults.partitions;
  const replicationFactor = topic.replicationFactor ?? defaults.replicationFactor;
  if (replicationFactor < 1) {
    throw new ApiError("INVALID_REPLICATION_FACTOR", {
      detail: "Replication factor must be larger than 0, or -1 to use the default value.",
    });
  }
  if (partitions < 1) {
    throw new ApiError("INVALID_PARTITIONS", {
      detail: "Number of partitions was set to an invalid non-positive value.",
    });
  }
  checkLimit(partitions, limit);
  return placedPartitions(state, partitions, replicationFactor, env);
}

function checkLimit(partitions: number, limit: number): void {
  if (partitions <= limit) return;
  throw new ApiError("POLICY_VIOLATION", {
    detail: `Excessively large number of partitions per request: at most ${PARTITIONS_PER_REQUEST_MAX} are created at once.`,
  });
}

function topicConfigRecord(topic: string, name: string, value: string): MetadataRecord {
  return metadataRecord({
    case: "config",
    value: { resourceType: configResourceTypes.topic, resourceName: topic, name, value },
  });
}

function invalidRequest(detail: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail });
}
