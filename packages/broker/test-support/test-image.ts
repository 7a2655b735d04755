import {
  type BrokerRegistration,
  type ConfigMap,
  configResourceKey,
  configResourceTypes,
  type MetadataChanges,
  MetadataImage,
  PartitionTable,
  uuidFromBytes,
} from "@millrace/controller";
import { Owner, PersistentMap } from "@millrace/replicated-state";

export interface TestTopic {
  readonly name: string;
  /** One partition unless given; broker 1 leads all, in epoch 0. */
  readonly partitions?: number;
  /** Broker that leads; 1 unless given. */
  readonly leader?: number;
  readonly leaderEpoch?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TestImageOptions {
  readonly offset?: number;
  readonly topics?: readonly TestTopic[];
  readonly listeners?: BrokerRegistration["listeners"];
  readonly features?: Readonly<Record<string, number>>;
}

export const CLUSTER_ID = "test-cluster-id-000000";
export const NODE_ID = 1;

/** An id that begins with the topic's name, so that failures can be read. */
export function topicIdOf(name: string): string {
  const bytes = Buffer.alloc(16, 1);
  bytes.write(name, 0, 15, "latin1");
  return uuidFromBytes(bytes);
}

/** Metadata of a cluster of one broker, written down instead of replayed. */
export function testImage(options: TestImageOptions = {}): MetadataImage {
  const owner = new Owner();
  const listeners = options.listeners ?? [
    { name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "broker.test", port: 9092 },
  ];
  let topics = PersistentMap.empty<string, { id: string; name: string; partitions: PartitionTable }>();
  let topicNames = PersistentMap.empty<string, string>();
  let configs = PersistentMap.empty<string, ConfigMap>();
  for (const topic of options.topics ?? []) {
    const { name } = topic;
    const id = topicIdOf(name);
    topics = topics.set(name, { id, name, partitions: partitionsOf(topic, owner) }, owner);
    topicNames = topicNames.set(id, name, owner);
    if (topic.configs === undefined) continue;
    const key = configResourceKey({ type: configResourceTypes.topic, name });
    configs = configs.set(key, new Map(Object.entries(topic.configs)), owner);
  }
  let features = PersistentMap.empty<string, number>();
  for (const [name, level] of Object.entries(options.features ?? {}))
    features = features.set(name, level, owner);
  const brokers = PersistentMap.empty<number, BrokerRegistration>().set(
    NODE_ID,
    {
      id: NODE_ID,
      epoch: 0,
      directoryId: topicIdOf("directory"),
      incarnationId: topicIdOf("incarnation"),
      listeners,
      grpcHost: "broker.test",
      grpcPort: 9094,
      rack: undefined,
      supportedFeatures: [],
      fenced: false,
      inControlledShutdown: false,
    },
    owner,
  );
  return new MetadataImage(CLUSTER_ID, {
    state: { ...MetadataImage.empty(CLUSTER_ID).state, features, brokers, topics, topicNames, configs },
    offset: options.offset ?? 1,
    epoch: 1,
  });
}

/** What a step from one such image to the next touched: everything that either of them has. */
export function testChanges(before: MetadataImage, after: MetadataImage): MetadataChanges {
  const topics = new Map<
    string,
    MetadataChanges["topics"] extends ReadonlyMap<string, infer C> ? C : never
  >();
  for (const { id, name } of before.state.topics.values()) {
    if (after.topicById(id) === undefined) {
      topics.set(id, { id, name, created: false, deleted: true, partitions: new Set() });
    }
  }
  for (const { id, name, partitions } of after.state.topics.values()) {
    const created = before.topicById(id) === undefined;
    const all = new Set(Array.from({ length: partitions.count }, (_, index) => index));
    topics.set(id, { id, name, created, deleted: false, partitions: all });
  }
  const configs = new Map(
    Array.from(after.state.topics.keys(), (name) => {
      const resource = { type: configResourceTypes.topic, name };
      return [configResourceKey(resource), resource] as const;
    }),
  );
  return { topics, configs, brokers: new Set(), features: false };
}

function partitionsOf(topic: TestTopic, owner: Owner): PartitionTable {
  const leader = topic.leader ?? NODE_ID;
  const replicas = [...new Set([leader, NODE_ID])];
  let table = PartitionTable.empty;
  for (let index = 0; index < (topic.partitions ?? 1); index++) {
    const state = {
      leader,
      leaderEpoch: topic.leaderEpoch ?? 0,
      partitionEpoch: 0,
      replicas,
      isr: replicas,
      elr: [],
    };
    table = table.push(state, owner);
  }
  return table;
}
