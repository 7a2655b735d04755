import { ConfigAlteration_Operation } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import { MemoryRaftStorage, RaftError, SegmentedRaftStorage } from "@millrace/raft";
import { MemoryDisk, type MetricsRegistry, type RpcChannel } from "@millrace/runtime";
import { expect, test } from "vitest";
import { metadataCodec } from "../image/metadata-definition.ts";
import { fingerprint } from "../testing/metadata-run.ts";
import { stubQuorum } from "../testing/stub-quorum.ts";
import { settled, TestCluster, testUuid } from "../testing/test-cluster.ts";

const adminOf = (cluster: TestCluster) => cluster.channel({}).client(ControllerService);

test("a broker registers, applies its registration, and is taken into service", async () => {
  await using cluster = await TestCluster.start();
  const { session, observer } = cluster.broker(1);
  await session.untilUnfenced();
  const broker = cluster.controller.image.broker(1)!;
  expect(broker.epoch).toBe(session.brokerEpoch);
  expect(broker.fenced).toBe(false);
  await observer.waitForOffset(cluster.controller.image.offset);
  expect(observer.image.endpoint(1, "PLAINTEXT")).toMatchObject({ host: "localhost", port: 9093 });
  expect([...observer.image.finalizedFeatures.levels.keys()].sort()).toEqual([
    "metadata.version",
    "millrace.metadata.version",
  ]);
});

test("a created topic is led by the broker, and the observer tells what changed", async () => {
  await using cluster = await TestCluster.start();
  const { session, observer } = cluster.broker(1);
  await session.untilUnfenced();
  const changed: string[] = [];
  observer.onChange((_, { topics }) => {
    for (const { name, created, deleted, partitions } of topics.values()) {
      changed.push(`${name} ${created ? "created" : deleted ? "deleted" : "changed"} ${[...partitions]}`);
    }
  });
  const admin = adminOf(cluster);
  const answer = await admin.createTopics({ topics: [{ name: "orders", partitions: 3 }] });
  expect(answer.topics[0]).toMatchObject({ name: "orders", partitions: 3, replicationFactor: 1 });
  await observer.waitForOffset(Number(answer.metadataOffset));
  const topic = observer.image.topic("orders")!;
  expect(topic.partitions.get(2)).toEqual({
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    replicas: [1],
    isr: [1],
    elr: [],
  });
  const deleted = await admin.deleteTopics({ topics: [{ reference: { case: "name", value: "orders" } }] });
  await observer.waitForOffset(Number(deleted.metadataOffset));
  expect(observer.image.topic("orders")).toBeUndefined();
  expect(changed).toEqual(["orders created 0,1,2", "orders deleted "]);
});

test("what was committed is there after a restart, and the broker gets a session to come back in", async () => {
  const storage = new MemoryRaftStorage();
  {
    await using cluster = await TestCluster.start({ storage });
    await cluster.broker(1).session.untilUnfenced();
    await adminOf(cluster).createTopics({
      topics: [{ name: "orders", configs: { "retention.ms": "1000" } }],
    });
  }
  await using cluster = await TestCluster.start({ storage });
  const { image } = cluster.controller;
  expect(image.topic("orders")?.partitions.leader(0)).toBe(1);
  expect(image.configs({ type: 2, name: "orders" }).get("retention.ms")).toBe("1000");
  expect(image.isAlive(1)).toBe(true);
  cluster.runtime.clock.advance(2_900);
  await settled();
  expect(cluster.controller.image.isAlive(1)).toBe(true);
  cluster.runtime.clock.advance(200);
  await settled();
  expect(cluster.controller.image.isAlive(1)).toBe(false);
});

test("a compacted log comes back from its snapshot on disk", async () => {
  const disk = new MemoryDisk();
  const open = async () => ({
    storage: await SegmentedRaftStorage.open(disk, "metadata", { segmentBytes: 2_000 }),
    raftLimits: { snapshotEveryBytes: 2_000 },
  });
  let before: string;
  {
    await using cluster = await TestCluster.start(await open());
    await cluster.broker(1).session.untilUnfenced();
    for (let i = 0; i < 50; i++)
      await adminOf(cluster).createTopics({ topics: [{ name: `t${i}`, partitions: 9 }] });
    before = fingerprint(cluster.controller.image.state);
  }
  const files = await disk.list("metadata");
  expect(files.some(({ name }) => name.includes("snapshot"))).toBe(true);
  await using cluster = await TestCluster.start(await open());
  expect(fingerprint(cluster.controller.image.state)).toBe(before);
});

test("metrics say what the cluster has", async () => {
  const samples = new Map<string, number>();
  const collectors: (() => void)[] = [];
  const metrics: MetricsRegistry = {
    register: (catalogue) =>
      Object.fromEntries(
        Object.keys(catalogue).map((name) => [
          name,
          {
            set: (value: number, labels?: object) => samples.set(name + Object.values(labels ?? {}), value),
            add: (value: number) => samples.set(name, (samples.get(name) ?? 0) + value),
          },
        ]),
      ) as never,
    onCollect: (collect) => collectors.push(collect),
  };
  await using cluster = await TestCluster.start({ metrics });
  await cluster.broker(1).session.untilUnfenced();
  await adminOf(cluster).createTopics({ topics: [{ name: "t", partitions: 3 }, { name: "u" }] });
  for (const collect of collectors) collect();
  expect(Object.fromEntries(samples)).toMatchObject({
    millrace_controller_active: 1,
    millrace_controller_topics: 2,
    millrace_controller_partitions: 4,
    millrace_controller_brokersunfenced: 1,
    millrace_controller_brokersfenced: 0,
    millrace_controller_feed_subscribers: 1,
    millrace_controller_metadata_offset: cluster.controller.image.offset,
  });
});

test("a silent broker is fenced after its session timeout, and leads again when it is back", async () => {
  await using cluster = await TestCluster.start();
  const first = cluster.broker(1);
  await first.session.untilUnfenced();
  await adminOf(cluster).createTopics({ topics: [{ name: "orders" }] });
  for (let i = 0; i < 20; i++) {
    cluster.runtime.clock.advance(500);
    await settled();
  }
  expect(cluster.controller.image.isAlive(1)).toBe(true);
  await first.session.close();
  for (let i = 0; i < 10; i++) {
    cluster.runtime.clock.advance(400);
    await settled();
  }
  const fenced = cluster.controller.image;
  expect(fenced.isAlive(1)).toBe(false);
  expect(fenced.topic("orders")!.partitions.get(0)).toMatchObject({ leader: -1, leaderEpoch: 1, isr: [1] });

  const second = cluster.broker(1, { incarnationId: testUuid(9) });
  await second.session.untilUnfenced();
  expect(second.session.brokerEpoch).toBeGreaterThan(first.session.brokerEpoch);
  const back = cluster.controller.image.topic("orders")!.partitions.get(0);
  expect(back).toMatchObject({ leader: 1, leaderEpoch: 2, isr: [1] });
});

test("a controlled shutdown moves leaderships first", async () => {
  await using cluster = await TestCluster.start();
  const [one, two] = [cluster.broker(1), cluster.broker(2)];
  await Promise.all([one.session.untilUnfenced(), two.session.untilUnfenced()]);
  await adminOf(cluster).createTopics({ topics: [{ name: "t", assignments: [{ brokerIds: [1, 2] }] }] });
  const gone = one.session.shutDown();
  for (let i = 0; i < 4; i++) {
    await settled();
    cluster.runtime.clock.advance(500);
  }
  await gone;
  const { image } = cluster.controller;
  expect(image.topic("t")!.partitions.get(0)).toMatchObject({ leader: 2, leaderEpoch: 1, isr: [2] });
  expect(image.isAlive(1)).toBe(false);
  expect(image.isAlive(2)).toBe(true);
});

test("the only broker may stop at once", async () => {
  await using cluster = await TestCluster.start();
  const { session } = cluster.broker(1);
  await session.untilUnfenced();
  await session.shutDown();
  expect(cluster.controller.image.isAlive(1)).toBe(false);
});

test("a broker of another cluster is refused for good", async () => {
  await using cluster = await TestCluster.start();
  const { refusals } = cluster.broker(1, { clusterId: "another" });
  await settled();
  expect(refusals).toMatchObject([{ id: "INCONSISTENT_CLUSTER_ID" }]);
});

test("a second process of a broker waits until the first one is gone", async () => {
  await using cluster = await TestCluster.start();
  const first = cluster.broker(1);
  await first.session.untilUnfenced();
  const second = cluster.broker(1, { incarnationId: testUuid(77) });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      cluster.runtime.clock.advance(1_000);
      await settled();
    }
  };
  await pass(5);
  expect(cluster.controller.image.broker(1)).toMatchObject({
    epoch: first.session.brokerEpoch,
    fenced: false,
  });
  await first.session.close();
  await pass(1);
  expect(second.session.brokerEpoch).toBeGreaterThan(first.session.brokerEpoch);
  expect(cluster.controller.image.broker(1)).toMatchObject({
    epoch: second.session.brokerEpoch,
    incarnationId: testUuid(77),
    fenced: false,
  });
});

test("a second process of a broker gives up while the first one stays", async () => {
  await using cluster = await TestCluster.start();
  const first = cluster.broker(1);
  await first.session.untilUnfenced();
  const second = cluster.broker(1, { incarnationId: testUuid(77) });
  for (let step = 0; step < 24; step++) {
    cluster.runtime.clock.advance(500);
    await settled();
  }
  expect(second.refusals).toMatchObject([{ id: "DUPLICATE_BROKER_REGISTRATION" }]);
  expect([first.refusals, cluster.controller.image.isAlive(1)]).toEqual([[], true]);
});

const clientPeer = { kind: "client", clientId: "me", address: "x" } as const;
const noRequests = (async function* () {})();

test.each(ControllerService.methods.map(({ localName, methodKind }) => ({ localName, methodKind })))(
  "$localName is refused to clients, and to roles of another cluster",
  async ({ localName, methodKind }) => {
    await using cluster = await TestCluster.start();
    const call = async (channel: RpcChannel): Promise<unknown> => {
      const client = channel.client(ControllerService) as unknown as Record<
        string,
        (input: unknown) => never
      >;
      if (methodKind === "unary") return await client[localName]!({});
      return await Array.fromAsync(client[localName]!(methodKind === "bidi_streaming" ? noRequests : {}));
    };
    await expect(call(cluster.channel(clientPeer))).rejects.toMatchObject({
      id: "CLUSTER_AUTHORIZATION_FAILED",
    });
    await expect(call(cluster.channel({ clusterId: "another" }))).rejects.toMatchObject({
      id: "INCONSISTENT_CLUSTER_ID",
    });
    expect(cluster.controller.image.topicNames).toEqual([]);
  },
);

test("a broker that is too far behind starts from a snapshot", async () => {
  await using cluster = await TestCluster.start({ feedLimits: { itemsMax: 2 } });
  await cluster.broker(1).session.untilUnfenced();
  const admin = adminOf(cluster);
  for (let i = 0; i < 20; i++) await admin.createTopics({ topics: [{ name: `t${i}` }] });
  const late = cluster.observer(1);
  await late.waitForOffset(cluster.controller.image.offset);
  expect(late.image.topicNames).toEqual(cluster.controller.image.topicNames);
});

test("every record says who asked; what is too much for one entry of the log is refused", async () => {
  const causes: unknown[] = [];
  await using cluster = await TestCluster.start();
  await cluster.broker(1).session.untilUnfenced();
  const raw = cluster.channel({}).client(ControllerService);
  const origin = { principal: "User:alice", request: "CreateTopics", clientId: "x".repeat(1_000) };
  const topics = Array.from({ length: 300 }, (_, i) => ({ name: `t${i}` }));
  const { metadataOffset } = await raw.createTopics({ topics, origin });
  for await (const message of raw.metadataFeed({ appliedOffset: metadataOffset - 1n })) {
    for (const bytes of message.records) causes.push(metadataCodec.decode(bytes).cause);
    break;
  }
  expect(causes).toHaveLength(600);
  expect(causes[0]).toMatchObject({
    origin: { principal: "User:alice", request: "CreateTopics", clientId: "x".repeat(64) },
    timestampMs: BigInt(cluster.runtime.clock.nowMs()),
  });
  // Two lists of 30,000 bytes for each topic: 18 MB.
  const value = Array.from({ length: 4_500 }, (_, i) => `${i}:1`).join(",");
  const names = ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];
  const alterations = names.map((name) => ({ name, operation: ConfigAlteration_Operation.SET, value }));
  const resources = topics.map(({ name }) => ({ resource: { type: 2, name }, alterations }));
  await expect(raw.alterConfigs({ resources })).rejects.toMatchObject({ id: "POLICY_VIOLATION" });
});

test("producer ids are given out once", async () => {
  await using cluster = await TestCluster.start();
  const { session } = cluster.broker(1);
  await session.untilUnfenced();
  const admin = adminOf(cluster);
  const request = { brokerId: 1, brokerEpoch: BigInt(session.brokerEpoch) };
  expect(await admin.allocateProducerIds(request)).toMatchObject({ firstProducerId: 0n, count: 1_000 });
  expect(await admin.allocateProducerIds(request)).toMatchObject({ firstProducerId: 1_000n, count: 1_000 });
  await expect(admin.allocateProducerIds({ ...request, brokerEpoch: 0n })).rejects.toMatchObject({
    id: "STALE_BROKER_EPOCH",
  });
});

test("an answer that rests on the state alone waits until nobody else can have changed it", async () => {
  let confirmation = Promise.withResolvers<void>();
  const { quorum } = stubQuorum();
  await using cluster = await TestCluster.start({
    quorum: { ...quorum, confirmLeads: () => confirmation.promise },
  });
  const admin = adminOf(cluster);
  const topics = [{ reference: { case: "name" as const, value: "unknown" } }];
  let isAnswered = false;
  const answered = admin.deleteTopics({ topics }).finally(() => {
    isAnswered = true;
  });
  await settled();
  expect(isAnswered).toBe(false);
  confirmation.resolve();
  expect((await answered).topics).toMatchObject([{ error: { code: 3 } }]);
  confirmation = Promise.withResolvers();
  confirmation.reject(new RaftError("LEADERSHIP_LOST"));
  await expect(admin.deleteTopics({ topics })).rejects.toMatchObject({ id: "NOT_CONTROLLER" });
});
