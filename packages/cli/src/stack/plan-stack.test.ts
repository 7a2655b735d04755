import { expect, test } from "vitest";
import { planStack, portCount } from "./plan-stack.ts";
import { processConfig } from "./process-config.ts";

const options = {
  controllers: 3,
  brokers: 2,
  coordinators: 1,
  host: "127.0.0.1",
  basePort: undefined,
  set: [],
};

test("ids tell roles apart, and every port of the stretch is used once, Kafka's first", () => {
  const processes = planStack("/stack", options, 9092);
  expect(processes.map(({ nodeId, name }) => `${nodeId} ${name}`)).toEqual([
    "1 controller-1",
    "2 controller-2",
    "3 controller-3",
    "101 broker-101",
    "102 broker-102",
    "201 coordinator-201",
  ]);
  const ports = processes.flatMap(({ ports: { kafka, grpc, http } }) => [kafka ?? [], grpc, http].flat());
  expect(ports.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: portCount(options) }, (_, i) => 9092 + i),
  );
  expect(processes.find(({ nodeId }) => nodeId === 101)?.ports).toEqual({
    kafka: 9092,
    grpc: 9093,
    http: 9094,
  });
});

test("controllers are told who votes, the others where to find them, and all what was set", () => {
  const [controller, , , broker] = planStack("/stack", options, 9092);
  const quorum = {
    clusterId: "4L6g3nShT-eMCtK--X86sw",
    initialControllers: ["1@127.0.0.1:9098:AAAAAAAAAAAAAAAAAAAAAA"],
    bootstrapServers: ["127.0.0.1:9098"],
  };
  const set = ["num.partitions=4", "log.level=warn"];
  expect(processConfig(controller!, quorum, set).split("\n")).toEqual([
    "node.id: 1",
    'process.roles: ["controller"]',
    'cluster.id: "4L6g3nShT-eMCtK--X86sw"',
    'data.dir: "/stack/controller-1"',
    'host: "127.0.0.1"',
    "grpc.port: 9098",
    "http.port: 9099",
    'controller.quorum.initial.controllers: ["1@127.0.0.1:9098:AAAAAAAAAAAAAAAAAAAAAA"]',
    'num.partitions: "4"',
    'log.level: "warn"',
    "",
  ]);
  expect(processConfig(broker!, quorum, [])).toContain(
    'kafka.port: 9092\ngrpc.port: 9093\nhttp.port: 9094\ncontroller.quorum.bootstrap.servers: ["127.0.0.1:9098"]\n',
  );
});
