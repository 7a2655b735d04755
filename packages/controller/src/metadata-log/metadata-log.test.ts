import { ConfigAlteration_Operation } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import { type RaftLimits, SegmentedRaftStorage, type Voter } from "@millrace/raft";
import { MemoryDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import { uuidToBytes } from "../image/uuid.ts";
import { fingerprint } from "../testing/metadata-run.ts";
import { TestCluster, testUuid } from "../testing/test-cluster.ts";
import { auditLines, formatAuditLine } from "./audit-lines.ts";
import { imagesAt } from "./images-at.ts";
import { formatDifference, formatFact, metadataDiff } from "./metadata-diff.ts";
import { metadataFacts } from "./metadata-facts.ts";
import { type LoggedEntry, metadataLog } from "./metadata-log.ts";

const alice = {
  principal: "User:alice",
  request: "CreateTopics",
  clientId: "her-tool",
  clientAddress: "192.0.2.7",
};

/** A cluster's life: a broker, two topics, a config, one topic less. Offsets after each step. */
async function someHistory(raftLimits: Partial<RaftLimits> = {}) {
  const disk = new MemoryDisk();
  const storage = await SegmentedRaftStorage.open(disk, "metadata", { segmentBytes: 300 });
  const offsets: number[] = [];
  await using cluster = await TestCluster.start({ storage, raftLimits });
  const done = () => offsets.push(cluster.controller.image.offset);
  await cluster.broker(1).session.untilUnfenced();
  done();
  const admin = cluster.channel({}).client(ControllerService);
  await admin.createTopics({ topics: [{ name: "orders", partitions: 2 }, { name: "gone" }], origin: alice });
  done();
  const resource = { type: 2, name: "orders" };
  const set = { name: "retention.ms", operation: ConfigAlteration_Operation.SET, value: "1000" };
  await admin.alterConfigs({ resources: [{ resource, alterations: [set] }], origin: alice });
  done();
  await admin.deleteTopics({ topics: [{ reference: { case: "name", value: "gone" } }] });
  done();
  const { image } = cluster.controller;
  const log = () => metadataLog(disk, "metadata");
  const images = (...at: (number | undefined)[]) => imagesAt(log(), image.clusterId, at);
  return { offsets, image, log, images };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(items);
}

test("the log says who did what and when, in order", async () => {
  const { log, offsets } = await someHistory();
  const lines = await all(auditLines(log()));
  expect(lines.slice(0, 2)).toMatchObject([
    { offset: 1, epoch: 1, principal: undefined, type: "newLeader" },
    { offset: 2, type: "voters", fields: { voters: [{ id: 1 }] } },
  ]);
  const created = lines.filter(({ offset }) => offset === offsets[1]);
  expect(created.map(({ type, topic }) => [type, topic])).toEqual([
    ["topic", "orders"],
    ["partitions", "orders"],
    ["topic", "gone"],
    ["partitions", "gone"],
  ]);
  expect(created[0]).toMatchObject({
    principal: "User:alice",
    request: "CreateTopics",
    clientId: "her-tool",
    clientAddress: "192.0.2.7",
    timestampMs: expect.any(Number),
    fields: { name: "orders", topicId: expect.stringMatching(/^[\w-]{22}$/) },
  });
  expect(lines.at(-1)).toMatchObject({ principal: "Broker:1", type: "removeTopic", topic: "gone" });
  const text = formatAuditLine({ ...created[0]!, timestampMs: 0, fields: { name: "orders" } });
  expect(text).toBe(
    `${offsets[1]}  1  1970-01-01T00:00:00.000Z  User:alice (her-tool, 192.0.2.7)  CreateTopics  topic orders  {"name":"orders"}`,
  );
  const nameless = formatAuditLine({ ...created[0]!, clientId: "" });
  expect(nameless).toContain("  User:alice (192.0.2.7)  ");
  expect(formatAuditLine(lines[0]!)).toBe("1  1  -  -  -  newLeader  {}");
});

test("a stretch of the log knows the names of topics that were created before it", async () => {
  const { log, offsets } = await someHistory();
  const lines = await all(auditLines(log(), { from: offsets[3], to: offsets[3] }));
  expect(lines.map(({ offset, type, topic }) => [offset, type, topic])).toEqual([
    [offsets[3], "removeTopic", "gone"],
  ]);
});

test("an image is made for any offset", async () => {
  const { offsets, image, images } = await someHistory();
  const [latest, between, before] = await images(undefined, offsets[1], offsets[0]);
  expect(latest!.image.offset).toBe(image.offset);
  expect(fingerprint(latest!.image.state)).toBe(fingerprint(image.state));
  expect([before!.image.isAlive(1), before!.image.topicNames]).toEqual([true, []]);
  expect(between!.image.topicNames).toEqual(["gone", "orders"]);
  const facts = Array.from(metadataFacts(latest!), formatFact);
  expect(facts).toEqual([
    expect.stringMatching(/^voter 1 {2}\{"directoryId":"[\w-]{22}","host":"localhost","port":0\}$/),
    expect.stringMatching(/^feature metadata\.version {2}\d+$/),
    expect.stringMatching(/^feature millrace\.metadata\.version {2}\d+$/),
    expect.stringMatching(/^broker 1 {2}\{"epoch":\d+,"directoryId":"[\w-]{22}".*"fenced":false/),
    expect.stringMatching(/^topic orders {2}\{"id":"[\w-]{22}","partitions":2\}$/),
    `partition orders-0  {"leader":1,"leaderEpoch":0,"partitionEpoch":0,"replicas":[1],"isr":[1],"elr":[]}`,
    `partition orders-1  {"leader":1,"leaderEpoch":0,"partitionEpoch":0,"replicas":[1],"isr":[1],"elr":[]}`,
    `config topic orders retention.ms  "1000"`,
  ]);
});

test("a difference names what came, went and changed", async () => {
  const { offsets, images } = await someHistory();
  const [start, ...at] = await images(offsets[0]! - 1, ...offsets);
  const diff = (from: number, to: number) => Array.from(metadataDiff(at[from]!, at[to]!), formatDifference);
  expect(diff(1, 2)).toEqual([`+ config topic orders retention.ms  "1000"`]);
  expect(diff(2, 3)).toEqual([
    expect.stringMatching(/^- topic gone {2}\{"id"/),
    expect.stringMatching(/^- partition gone-0 {2}\{"leader":1/),
  ]);
  expect(diff(0, 3).map((line) => line.split("  ")[0])).toEqual([
    "+ topic orders",
    "+ partition orders-0",
    "+ partition orders-1",
    "+ config topic orders retention.ms",
  ]);
  expect(diff(3, 3)).toEqual([]);
  const [unfenced] = Array.from(metadataDiff(start!, at[0]!), formatDifference);
  expect(unfenced).toBe("~ broker 1  fenced: true -> false");
});

test("what a snapshot has replaced is told, and images begin there", async () => {
  const { image, images, log } = await someHistory({ snapshotEveryBytes: 500 });
  let snapshot = 0;
  for await (const item of log()) if (item.kind === "snapshot") snapshot = item.offset;
  expect(snapshot).toBeGreaterThan(2);
  const [latest, first] = await images(undefined, snapshot);
  expect(fingerprint(latest!.image.state)).toBe(fingerprint(image.state));
  expect(first!.image.offset).toBe(snapshot);
  expect(first!.voters).toMatchObject([{ id: 1 }]);
  for (const offset of [snapshot - 1, image.offset + 1]) {
    await expect(images(offset)).rejects.toMatchObject({
      id: "OFFSET_OUT_OF_RANGE",
      detail: `offset ${offset} cannot be shown: there is metadata from offset ${snapshot} to ${image.offset}`,
    });
  }
  const lines = await all(auditLines(log()));
  expect(lines.at(-1)).toMatchObject({ type: "removeTopic", topic: "gone" });
});

test("voters are those of the last set until an offset, and a difference says who came and went", async () => {
  const voter = (id: number, directory = 100 + id): Voter => ({
    id,
    directoryId: testUuid(directory),
    endpoint: { host: `c${id}`, port: 9094 },
  });
  const sets = [
    [voter(1), voter(2), voter(3)],
    [voter(1), voter(3)],
    [voter(1), voter(3, 77), voter(4)],
  ];
  const log = async function* (): AsyncGenerator<LoggedEntry> {
    yield { offset: 1, epoch: 1, kind: "noop" };
    for (const [i, voters] of sets.entries()) yield { offset: 2 + i, epoch: 1, kind: "voters", voters };
  };
  const [none, ...at] = await imagesAt(log(), "test", [1, 2, 3, undefined]);
  expect([none, ...at].map((one) => one?.voters)).toEqual([[], ...sets]);
  const diff = (from: number, to: number) => Array.from(metadataDiff(at[from]!, at[to]!), formatDifference);
  expect(diff(0, 1)).toEqual([`- voter 2  {"directoryId":"${testUuid(102)}","host":"c2","port":9094}`]);
  expect(diff(1, 2)).toEqual([
    `~ voter 3  directoryId: "${testUuid(103)}" -> "${testUuid(77)}"`,
    `+ voter 4  {"directoryId":"${testUuid(104)}","host":"c4","port":9094}`,
  ]);
});

test("a change of voters that was asked for has its line, also when it was refused", async () => {
  const disk = new MemoryDisk();
  const storage = await SegmentedRaftStorage.open(disk, "metadata");
  const origin = { ...alice, request: "RemoveRaftVoter" };
  await using cluster = await TestCluster.start({ storage });
  const admin = cluster.channel({}).client(ControllerService);
  const removed = admin.removeRaftVoter({ nodeId: 1, directoryId: uuidToBytes(testUuid(100)), origin });
  await expect(removed).rejects.toMatchObject({ id: "INVALID_REQUEST" }); // the last one stays
  const lines = await all(auditLines(metadataLog(disk, "metadata")));
  const named = `{"nodeId":1,"directoryId":"${testUuid(100)}"}`;
  expect(formatAuditLine(lines.at(-1)!).split("  ").slice(3)).toEqual([
    "User:alice (her-tool, 192.0.2.7)",
    "RemoveRaftVoter",
    "removeVoterAsked",
    named,
  ]);
});
