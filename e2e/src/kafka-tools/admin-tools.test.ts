import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  againstApacheKafka,
  type BrokerUnderTest,
  hasJava,
  runKafkaTool,
  startBrokerUnderTest,
  temporaryDirectory,
} from "../harness/index.ts";

let broker: BrokerUnderTest;
const missing = hasJava ? "" : " (skipped: Java or Maven is not on this machine)";

/** What a tool of Kafka printed; both streams, since some report failures on standard output. */
async function tool(name: string, ...args: string[]): Promise<string> {
  const mainClass = name.includes(".") ? name : `org.apache.kafka.tools.${name}`;
  const { stdout, stderr } = await runKafkaTool(mainClass, args);
  return `${stdout}${stderr}`;
}
const at = () => ["--bootstrap-server", broker.bootstrap];
const topics = (...args: string[]) => tool("TopicCommand", ...at(), ...args);
const configs = (...args: string[]) => tool("kafka.admin.ConfigCommand", ...at(), ...args);

describe.skipIf(!hasJava)(`Kafka's own tools work${missing}`, () => {
  beforeAll(async () => {
    broker = await startBrokerUnderTest();
    expect(
      await topics("--create", "--topic", "tools", "--partitions", "2", "--config", "segment.bytes=1048576"),
    ).toBe("Created topic tools.\n");
  });
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]();
  });

  test("TopicCommand creates, lists, describes, grows and deletes", async () => {
    expect(await topics("--create", "--topic", "tools")).toContain("Topic 'tools' already exists.");
    expect(await topics("--create", "--topic", "other", "--replication-factor", "1")).toBe(
      "Created topic other.\n",
    );
    expect((await topics("--list")).split("\n")).toEqual(expect.arrayContaining(["other", "tools"]));
    expect(await topics("--alter", "--topic", "tools", "--partitions", "3")).toBe("");
    const described = await topics("--describe", "--topic", "tools");
    expect(described).toMatch(/^Topic: tools\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 1\t/);
    expect(described).toContain("segment.bytes=1048576");
    for (const partition of [0, 1, 2]) {
      expect(described).toMatch(
        new RegExp(`Topic: tools\tPartition: ${partition}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: `),
      );
    }
    expect(await topics("--alter", "--topic", "tools", "--partitions", "1")).toContain("3");
    expect(await topics("--delete", "--topic", "other")).toBe("");
    expect(await topics("--describe", "--topic", "other")).toContain("does not exist");
  });

  test("ConfigCommand alters and describes, and is told what there is not", async () => {
    const entity = ["--entity-type", "topics", "--entity-name", "tools"];
    const set = await configs("--alter", ...entity, "--add-config", "retention.ms=86400000");
    expect(set).toBe("Completed updating config for topic tools.\n");
    const described = await configs("--describe", ...entity);
    expect(described).toContain(
      "retention.ms=86400000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=86400000",
    );
    await configs("--alter", ...entity, "--delete-config", "retention.ms");
    expect(await configs("--describe", ...entity)).not.toContain("retention.ms");
    expect(await configs("--alter", ...entity, "--add-config", "no.such.config=1")).toContain(
      "InvalidConfigurationException: Unknown topic config name: no.such.config",
    );
    const all = await configs("--describe", "--all", ...entity);
    expect(all).toContain(
      "  index.interval.bytes=4096 sensitive=false synonyms={DEFAULT_CONFIG:log.index.interval.bytes=4096}",
    );

    const cluster = ["--entity-type", "brokers", "--entity-default"];
    await configs("--alter", ...cluster, "--add-config", "log.retention.ms=7777777");
    expect(await configs("--describe", ...cluster)).toContain("log.retention.ms=7777777");
    await configs("--alter", ...cluster, "--delete-config", "log.retention.ms");
  });

  test("ProducerPerformance, GetOffsetShell, TransactionsCommand, LogDirsCommand and DeleteRecordsCommand", async () => {
    await topics("--create", "--topic", "measured", "--partitions", "1");
    const measured = await tool(
      "ProducerPerformance",
      ...["--topic", "measured", "--num-records", "3000", "--record-size", "1000", "--throughput", "-1"],
      ...["--bootstrap-server", broker.bootstrap, "--command-property", "compression.type=zstd"],
    );
    expect(measured).toMatch(/^3000 records sent, /m);
    expect(await tool("GetOffsetShell", ...at(), "--topic", "measured")).toBe("measured:0:3000\n");
    expect(await tool("GetOffsetShell", ...at(), "--topic", "measured", "--time", "-2")).toBe(
      "measured:0:0\n",
    );
    // Java's producer is idempotent without being told.
    const producers = await tool(
      "TransactionsCommand",
      ...[...at(), "describe-producers", "--topic", "measured", "--partition", "0"],
    );
    expect(producers).toMatch(/^\d+\s+0\s+-1\s+2999\s+\d{13}\s+None\s*$/m);

    const dirs = await tool("LogDirsCommand", ...at(), "--describe", "--topic-list", "measured");
    const { brokers } = JSON.parse(dirs.slice(dirs.indexOf('{"')));
    expect(brokers).toMatchObject([
      { broker: 1, logDirs: [{ error: null, partitions: [{ partition: "measured-0", isFuture: false }] }] },
    ]);
    expect(brokers[0].logDirs[0].partitions[0].size).toBeGreaterThan(100_000);

    await using directory = await temporaryDirectory();
    const file = join(directory.path, "offsets.json");
    writeFileSync(
      file,
      JSON.stringify({ version: 1, partitions: [{ topic: "measured", partition: 0, offset: 1234 }] }),
    );
    const deleted = await tool("DeleteRecordsCommand", ...at(), "--offset-json-file", file);
    expect(deleted).toContain("partition: measured-0\tlow_watermark: 1234");
    expect(await tool("GetOffsetShell", ...at(), "--topic", "measured", "--time", "-2")).toBe(
      "measured:0:1234\n",
    );
  });

  test("ClusterTool and FeatureCommand", async () => {
    const [, id] = /^Cluster ID: (\S{22})$/m.exec(await tool("ClusterTool", "cluster-id", ...at())) ?? [];
    expect(id).toBeDefined();
    if (!againstApacheKafka) {
      expect(readFileSync(join(broker.logDir, "meta.properties"), "utf8")).toContain(`cluster.id=${id}`);
    }
    const [host, port] = broker.bootstrap.split(":");
    expect(await tool("ClusterTool", "list-endpoints", ...at())).toMatch(
      new RegExp(`^1\\s+${host}\\s+${port}\\s+null\\s+unfenced\\s+broker`, "m"),
    );
    const features = await tool("FeatureCommand", ...at(), "describe");
    expect(features).toMatch(/^Feature: metadata\.version\s.*FinalizedVersionLevel: \S+\s+Epoch: \d+\s*$/m);
    const update = (...args: string[]) => tool("FeatureCommand", ...at(), ...args);
    expect(await update("upgrade", "--feature", "metadata.version=30")).toBe(
      "metadata.version was upgraded to 30.\n",
    );
    for (const [feature, why] of [
      ["metadata.version", /Local controller 1 only supports versions \d+-30/],
      ["no.such.version", /Local controller 1 does not support this feature\./],
    ] as const) {
      const refused = await update("upgrade", "--feature", `${feature}=31`, "--dry-run");
      const updates = "The update failed for all features since the following feature had an error";
      expect(refused).toContain(
        `Can not upgrade ${feature} to 31. ${updates}: Invalid update version 31 for feature ${feature}. `,
      );
      expect(refused).toMatch(why);
    }
  });

  test("BrokerApiVersionsCommand understands every version", async () => {
    const versions = await tool("BrokerApiVersionsCommand", ...at());
    expect(versions).toContain(`${broker.bootstrap} (id: 1 rack: null isFenced: false) -> (`);
    expect(versions).toMatch(/Produce\(0\): 0 to 13 \[usable: 13\]/);
    expect(versions).toMatch(/Fetch\(1\): 4 to 18 \[usable: 18\]/);
  });
});
