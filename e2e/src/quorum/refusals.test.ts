import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@millrace/client";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { QuorumAdminService } from "@millrace/proto/admin";
import { afterAll, beforeAll, expect, test } from "vitest";
import { millrace } from "../commands/launch.ts";
import { type CommandResult, KafkaConnection, stackCommand, temporaryDirectory } from "../harness/index.ts";
import { grpcCall } from "./grpc-call.ts";
import { BROKER, QuorumUnderTest } from "./quorum-under-test.ts";

const VOTER_NOT_FOUND = 127;

let quorum: QuorumUnderTest;
beforeAll(async () => {
  quorum = await QuorumUnderTest.start();
  await using client = connect({ broker: quorum.stack.address(BROKER, "grpc") });
  await client.admin.createTopics([{ name: "first" }]);
  await client.admin.createTopics([{ name: "second" }]);
  await quorum.caughtUp();
});
afterAll(async () => {
  await quorum[Symbol.asyncDispose]();
});

function expectOneLine({ exitCode, stderr }: CommandResult, says: RegExp): void {
  expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(says)]);
  expect(exitCode).toBe(1);
}

test("a log with a damaged frame in its middle is refused by file and position, and taken again when it is whole", async () => {
  const active = await quorum.active();
  const nodeId = quorum.controllers.find((one) => one !== active)!;
  quorum.kill(nodeId);
  const directory = join(quorum.stack.process(nodeId).dataDir, "__cluster_metadata");
  const [segment = ""] = readdirSync(directory).filter((name) => name.endsWith(".raftlog"));
  const file = join(directory, segment);
  const whole = readFileSync(file);
  const topic = whole.indexOf("first"); // frames follow it, so that no crash can have torn it
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(topic) ^ 1, topic);
  writeFileSync(file, damaged);

  const restart = () => stackCommand("restart", String(nodeId), "--data-dir", quorum.stack.dir);
  const refused = await restart();
  expectOneLine(refused, new RegExp(`controller-${nodeId} did not start: .*${segment}.* \\d+`));
  const position = Number(/(?:offset|byte|position) (\d+)/.exec(refused.stderr)?.[1]);
  expect(position).toBeGreaterThan(0);
  expect(position).toBeLessThanOrEqual(topic);

  writeFileSync(file, whole);
  expect((await restart()).exitCode).toBe(0);
});

test("a controller of another cluster, and one whose id another one has, end with the reason", async () => {
  await using directory = await temporaryDirectory();
  const [taken = 0] = quorum.controllers;
  const clusterId = /cluster ([\w-]{22})/.exec(quorum.stack.stdout.join("\n"))?.[1] ?? "";
  const unused = Math.max(...quorum.stack.processes.map(({ ports }) => ports.http)) + 1;
  const start = (nodeId: number, cluster: string) =>
    millrace([
      ...["start", "--roles", "controller", "--log-level", "silent"],
      ...["--node-id", String(nodeId), "--cluster-id", cluster],
      ...["--controllers", quorum.controllers.map((one) => quorum.stack.address(one, "grpc")).join()],
      ...["--data-dir", join(directory.path, cluster), "--grpc-port", String(unused), "--http-port", "0"],
    ]);
  const stranger = "AAAAAAAAAAAAAAAAAAAAAA";
  expectOneLine(await start(9, stranger), new RegExp(`this is cluster ${clusterId}, .*${stranger}`));
  expectOneLine(
    await start(taken, clusterId),
    new RegExp(`node id ${taken} answers at ${quorum.stack.address(taken, "grpc")}`),
  );
});

test("who is no voter can neither be removed nor lead", async () => {
  await using kafka = await KafkaConnection.open(quorum.bootstrap);
  const [voter = 0] = quorum.controllers;
  const anotherDisk = { clusterId: null, voterId: voter, voterDirectoryId: quorum.directoryId(BROKER) };
  expect(await kafka.call(removeRaftVoterApi, 0, anotherDisk)).toMatchObject({ errorCode: VOTER_NOT_FOUND });
  const moved = grpcCall(quorum.stack.address(BROKER, "grpc"), QuorumAdminService.method.moveController, {
    nodeId: 9,
  });
  await expect(moved).rejects.toThrow("Node 9 is not a voter.");
});
