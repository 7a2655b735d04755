import { connect } from "@millrace/client";
import { describeClusterApi } from "@millrace/kafka-protocol/messages/describe-cluster";
import { beforeAll, describe, expect, test } from "vitest";
import { KafkaConnection, MillraceProcess, mustRun, temporaryDirectory } from "../harness/index.ts";
import { anyPorts, Launched, root } from "./launch.ts";

test("start prints a line a listener and then one that begins with ready", async () => {
  await using directory = await temporaryDirectory();
  await using node = new Launched("millrace start", ["--data-dir", directory.path, ...anyPorts]);
  await node.untilReady();
  expect(node.lines).toEqual([
    expect.stringMatching(/^kafka:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^grpc:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^ready/),
  ]);
});

test("a named listener is told to clients by its advertised address", async () => {
  await using directory = await temporaryDirectory();
  const listeners = ["--listener", "INTERNAL://127.0.0.1:0", "--listener", "EXTERNAL://127.0.0.1:0"];
  await using node = new Launched("millrace start", [
    ...["--data-dir", directory.path, ...listeners, "--grpc-port", "0", "--http-port", "0"],
    ...["--advertised-listener", "EXTERNAL://kafka.example.org:9092"],
  ]);
  await node.untilReady();
  const kafka = node.lines.filter((line) => line.startsWith("kafka://"));
  expect(kafka).toHaveLength(2);
  await using connection = await KafkaConnection.open(kafka[1]?.slice("kafka://".length) ?? "");
  const { brokers } = await connection.call(describeClusterApi, 0, {
    includeClusterAuthorizedOperations: false,
  });
  expect(brokers).toMatchObject([{ brokerId: 1, host: "kafka.example.org", port: 9092 }]);
});

const launchers = ["millrace start", "npm start"] as const;
const signals = ["SIGTERM", "SIGINT"] as const;
const targets = ["process", "group"] as const;
const ways = launchers.flatMap((how) =>
  signals.flatMap((signal) => targets.flatMap((to) => [1, 3].map((times) => ({ how, signal, to, times })))),
);

describe("a signal ends it with exit code 0, and nothing is left behind", () => {
  beforeAll(async () => {
    // The first start of a clone builds what is missing.
    await mustRun("npm", ["start", "--", "--help"], { cwd: root });
  });

  test.each(ways)("$how: $signal, $times times, to the $to", async ({ how, signal, to, times }) => {
    await using directory = await temporaryDirectory();
    const args = ["--data-dir", directory.path];
    await using node = new Launched(how, [...args, ...anyPorts]);
    await node.untilReady();
    const grpc = node.lines.find((line) => line.startsWith("grpc://"))?.slice("grpc://".length) ?? "";
    {
      await using client = connect({ broker: grpc });
      await client.admin.createTopics([{ name: "kept", partitions: 1 }]);
      await client.producer().send({ topic: "kept", value: "kept" });
    }
    for (let time = 0; time < times; time += 1) {
      try {
        node.signal(signal, to);
      } catch {
        // It was that fast.
      }
    }
    expect(await node.exitCode()).toBe(0);
    await using again = await MillraceProcess.start({ dataDir: directory.path });
    await using client = connect({ broker: again.grpc });
    const values = await Array.fromAsync(client.read({ topic: "kept", partition: 0, until: "end" }));
    expect(values.map(({ value }) => String(value))).toEqual(["kept"]);
  });
});
