import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { connect, type MillraceClient } from "@millrace/client";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { describe, expect, test } from "vitest";
import { KafkaConnection, MillraceProcess, temporaryDirectory } from "../harness/index.ts";
import { produce } from "./bystander.ts";

const KAFKA_STORAGE_ERROR = 56;
const value = Buffer.alloc(256 * 1024, "x");

async function values(client: MillraceClient, topic: string): Promise<(Buffer | null)[]> {
  const records = await Array.fromAsync(client.read({ topic, partition: 0, until: "end" }));
  return records.map((record) => record.value);
}

const MAGIC_AT = 16;
const RECORDS_AT = 61;

/** Changes one byte of the second batch in a partition's first segment. */
function damage(folder: string, at: number): void {
  const [log = ""] = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .sort();
  const file = openSync(join(folder, log), "r+");
  const start = Buffer.alloc(12);
  readSync(file, start, 0, 12, 0);
  const position = start.readInt32BE(8) + 12 + at;
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  writeSync(file, byte, 0, 1, position);
  closeSync(file);
}

/** A node that starts on two topics of twelve records each, one of them damaged while no node ran. */
async function startDamaged(dataDir: string, at: number): Promise<MillraceProcess> {
  {
    await using node = await MillraceProcess.start({ dataDir });
    await using client = connect({ broker: node.grpc });
    const configs = { "segment.bytes": "1048576" };
    await client.admin.createTopics(["damaged", "sound"].map((name) => ({ name, partitions: 1, configs })));
    await using connection = await KafkaConnection.open(node.kafka);
    for (const topic of ["damaged", "sound"]) {
      for (let offset = 0; offset < 12; offset += 1) {
        expect(await produce(connection, topic, value)).toEqual({ errorCode: 0, offset });
      }
    }
    expect(await node.stop()).toBe(0);
  }
  damage(join(dataDir, "damaged-0"), at);
  return await MillraceProcess.start({ dataDir });
}

async function expectSoundIsServed(node: MillraceProcess): Promise<void> {
  await using client = connect({ broker: node.grpc });
  expect(await values(client, "sound")).toEqual(Array.from({ length: 12 }, () => value));
  await using connection = await KafkaConnection.open(node.kafka);
  expect(await produce(connection, "sound", value)).toEqual({ errorCode: 0, offset: 12 });
  expect((await fetch(`http://${node.http}/healthz`)).status).toBe(200);
}

describe("a byte that changed on disk", () => {
  test("in a batch's header takes the partition offline with an error; others are served", async () => {
    await using directory = await temporaryDirectory();
    await using node = await startDamaged(directory.path, MAGIC_AT);
    await using connection = await KafkaConnection.open(node.kafka);
    // Clients take it for a reason to try again, so this asks by itself.
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000_000 }];
    const { responses } = await connection.call(fetchApi, 11, {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 10_000_000, sessionEpoch: -1 },
      ...{ topics: [{ topic: "damaged", partitions }], forgottenTopicsData: [], rackId: "" },
    });
    expect(responses[0]?.partitions[0]?.errorCode).toBe(KAFKA_STORAGE_ERROR);
    expect(await produce(connection, "damaged", value)).toMatchObject({ errorCode: KAFKA_STORAGE_ERROR });
    expect(node.log.some((line) => line.includes("damaged-0"))).toBe(true);
    await expectSoundIsServed(node);
  });

  // Batches are passed on without a look into them, as Kafka does: their checksum is for who reads them.
  test("in a batch's records is an error for who reads them, never a wrong record", async () => {
    await using directory = await temporaryDirectory();
    await using node = await startDamaged(directory.path, RECORDS_AT + 1_000);
    await using client = connect({ broker: node.grpc });
    await expect(values(client, "damaged")).rejects.toThrow("CRC");
    await expectSoundIsServed(node);
  });
});

/** A file system of its own that is soon full; undefined where that is not allowed. */
function smallDisk(path: string, megabytes: number): Disposable | undefined {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmdirSync(path);
    return undefined;
  }
  return { [Symbol.dispose]: () => execFileSync("umount", [path]) };
}

async function mayMount(): Promise<boolean> {
  await using directory = await temporaryDirectory();
  using disk = smallDisk(join(directory.path, "disk"), 1);
  return disk !== undefined;
}
const canMount = await mayMount();

describe("a full disk", () => {
  const reason = canMount ? "" : " (skipped: mounting is not allowed here)";
  test.skipIf(!canMount)(
    `takes the partition offline with an error, and loses nothing that was acknowledged${reason}`,
    async () => {
      await using directory = await temporaryDirectory();
      const dataDir = join(directory.path, "disk");
      using _disk = smallDisk(dataDir, 32);
      const acknowledged: number[] = [];
      {
        await using node = await MillraceProcess.start({ dataDir });
        await using client = connect({ broker: node.grpc });
        await client.admin.createTopics(["filling", "other"].map((name) => ({ name, partitions: 1 })));
        await using connection = await KafkaConnection.open(node.kafka);
        expect(await produce(connection, "other", value)).toEqual({ errorCode: 0, offset: 0 });
        let answer = await produce(connection, "filling", value);
        while (answer.errorCode === 0 && acknowledged.length < 1_000) {
          acknowledged.push(answer.offset);
          answer = await produce(connection, "filling", value);
        }
        expect(answer.errorCode).toBe(KAFKA_STORAGE_ERROR);
        expect(acknowledged.length).toBeGreaterThan(80);
        expect(await values(client, "other")).toEqual([value]);
        expect((await fetch(`http://${node.http}/healthz`)).status).toBe(200);
        expect(node.log.some((line) => line.includes("filling-0"))).toBe(true);
        await node.stop();
      }
      execFileSync("mount", ["-o", "remount,size=128m", dataDir]);
      await using node = await MillraceProcess.start({ dataDir });
      await using client = connect({ broker: node.grpc });
      expect((await values(client, "filling")).slice(0, acknowledged.length)).toEqual(
        acknowledged.map(() => value),
      );
      expect(await values(client, "other")).toEqual([value]);
      const next = await client.producer().send({ topic: "filling", partition: 0, value });
      expect(next.offset).toBeGreaterThanOrEqual(acknowledged.length);
    },
  );
});
