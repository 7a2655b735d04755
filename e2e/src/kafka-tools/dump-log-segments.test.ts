import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  againstApacheKafka,
  hasJava,
  hasKcat,
  kcat,
  runKafkaTool,
  startBrokerUnderTest,
  temporaryDirectory,
} from "../harness/index.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
/** Of each codec; differs from record to record, so that compressed segments fill too. */
const records = Array.from({ length: 4_000 }, (_, at) => `${at} ${Math.sin(at)} ${Math.cos(at)} `.repeat(8));
const complaints = /isvalid: false|Mismatches|Missing|Exception|Found timestamp|Could not|corrupt|ERROR/i;

async function dump(files: readonly string[], args: readonly string[] = []): Promise<string> {
  const { stdout, stderr, exitCode } = await runKafkaTool("org.apache.kafka.tools.DumpLogSegments", [
    "--files",
    files.join(","),
    ...args,
  ]);
  expect(exitCode, stderr).toBe(0);
  const text = stdout.toString();
  expect(`${text}${stderr}`.split("\n").filter((line) => complaints.test(line))).toEqual([]);
  return text;
}

/** Makes several segments, with every codec, of idempotent producers. */
async function produceTraffic(bootstrap: string, topic: string): Promise<void> {
  const created = await runKafkaTool("org.apache.kafka.tools.TopicCommand", [
    ...["--bootstrap-server", bootstrap, "--create", "--topic", topic, "--partitions", "1"],
    ...["--config", "segment.bytes=1048576", "--config", "index.interval.bytes=512"],
  ]);
  expect(created.exitCode, created.stderr).toBe(0);
  await using directory = await temporaryDirectory();
  const file = join(directory.path, "records");
  writeFileSync(file, records.map((record) => `${record}\n`).join(""));
  for (const codec of codecs) {
    const settings = ["-X", "enable.idempotence=true", "-X", "batch.num.messages=50"];
    await kcat(bootstrap, ["-P", "-t", topic, "-p", "0", "-z", codec, ...settings, "-l", file]);
  }
}

/** Kafka's own indexes are padded with zeros while it runs, and its tool has a lot to say against those. */
const ways = againstApacheKafka ? (["cleanly"] as const) : (["cleanly", "kill -9"] as const);
const missing = hasJava && hasKcat ? "" : " (skipped: Java, Maven or kcat is not on this machine)";
describe.skipIf(missing !== "").each(ways)(
  `Kafka's dump tool has nothing to say against files of a node that was ended: %s${missing}`,
  (how) => {
    test("segments, indexes, producer snapshots", async () => {
      await using broker = await startBrokerUnderTest();
      await produceTraffic(broker.bootstrap, "dumped");
      await broker.stop(how);
      const folder = join(broker.logDir, "dumped-0");
      const names = readdirSync(folder).sort();
      const files = (suffix: string) =>
        names.filter((name) => name.endsWith(suffix)).map((name) => join(folder, name));
      const logs = files(".log");
      expect(logs.length).toBeGreaterThan(2);
      // A segment gets its indexes when it is full, or when the log is closed.
      const indexed = logs.length - (how === "cleanly" ? 0 : 1);
      expect(files(".index")).toHaveLength(indexed);
      expect(files(".timeindex")).toHaveLength(indexed);
      expect(names).toEqual(expect.arrayContaining(["leader-epoch-checkpoint", "partition.metadata"]));

      const dumped = await dump(logs, ["--deep-iteration", "--print-data-log"]);
      const payloads = [...dumped.matchAll(/^\| offset: (\d+) .* payload: (.*)$/gm)];
      expect(payloads.map(([, offset]) => Number(offset))).toEqual(payloads.map((_, at) => at));
      expect(payloads.map(([, , payload]) => payload)).toEqual(codecs.flatMap(() => records));
      for (const codec of codecs)
        expect(dumped).toMatch(new RegExp(`compresscodec: ${codec} .*isvalid: true`));

      const indexes = [...files(".index"), ...files(".timeindex")];
      // Without options it looks up every entry in the segment.
      expect(await dump(indexes)).toMatch(/^offset: \d+ position: \d+$/m);
      await dump(indexes, ["--verify-index-only"]);
      const sane = await dump(indexes, ["--index-sanity-check"]);
      for (const index of indexes) expect(sane).toContain(`${index} passed sanity check.`);

      const snapshots = files(".snapshot");
      expect(snapshots.length).toBeGreaterThan(0);
      const producers = await dump(snapshots);
      expect(producers).toMatch(
        /^producerId: \d+ producerEpoch: 0 .*currentTxnFirstOffset: OptionalLong.empty/m,
      );
    });
  },
);
