import { brokerConfigs } from "@millrace/controller";
import { describe, expect, test } from "vitest";
import { environmentName, environmentSettings } from "./environment-settings.ts";
import { nodeConfig } from "./node-config.ts";
import { type ConfigSources, readConfig } from "./read-config.ts";

const yaml = (text: string): ConfigSources => ({ file: { name: "node.yaml", text } });
const flag = (key: string, value: string) => ({ key, value, from: `--${key}` });
const directoryId = "AAAAAAAAAAAAAAAAAAAAAA";

describe("precedence", () => {
  const file = { name: "node.yaml", text: "node.id: 2\ngrpc.port: 2\nhttp.port: 2\nnum.partitions: 2" };
  const environment = { MILLRACE_NODE_ID: "3", MILLRACE_GRPC_PORT: "3", PATH: "/bin" };

  test("flags, then the environment, then the file, then defaults", async () => {
    const { options } = await readConfig({ file, environment, flags: [flag("node.id", "4")] });
    expect(options).toMatchObject({
      nodeId: 4,
      grpc: { host: "127.0.0.1", port: 3 },
      http: { port: 2 },
      listeners: [{ name: "PLAINTEXT", host: "127.0.0.1", port: 9092 }],
      dataDir: "data",
      configs: { "num.partitions": "2" },
    });
  });
});

test("a file of a broker in a cluster becomes its options", async () => {
  const { options, config } = await readConfig(
    yaml(`
process.roles: [broker]
node.id: 101
cluster.id: 4L6g3nShT-eMCtK--X86sw
data.dir: /var/lib/millrace
listeners:
  - INTERNAL://10.0.0.7:9092
  - EXTERNAL://:9093
advertised:
  listeners: EXTERNAL://kafka.example.com:443
controller:
  quorum:
    bootstrap.servers: 10.0.0.1:9094, [::1]:9094
    initial.controllers: 1@10.0.0.1:9094:${directoryId}
broker.rack: north
log.level: warn
log.retention.hours: 24
`),
  );
  expect(options).toEqual({
    roles: ["broker"],
    nodeId: 101,
    clusterId: "4L6g3nShT-eMCtK--X86sw",
    dataDir: "/var/lib/millrace",
    listeners: [
      { name: "INTERNAL", host: "10.0.0.7", port: 9092 },
      {
        name: "EXTERNAL",
        host: "0.0.0.0",
        port: 9093,
        advertisedHost: "kafka.example.com",
        advertisedPort: 443,
      },
    ],
    grpc: { host: "127.0.0.1", port: 9094 },
    http: { host: "127.0.0.1", port: 9464 },
    controllers: [
      { host: "10.0.0.1", port: 9094 },
      { host: "::1", port: 9094 },
    ],
    initialControllers: [{ nodeId: 1, host: "10.0.0.1", port: 9094, directoryId }],
    rack: "north",
    configs: { "log.retention.hours": "24" },
  });
  expect(config["log.level"]).toBe("warn");
});

test("an empty file, and keys without a value, say nothing", async () => {
  expect((await readConfig(yaml(""))).options).toEqual((await readConfig({})).options);
  expect((await readConfig(yaml("node.id:\n"))).options.nodeId).toBe(1);
});

describe("refused with where it was set", () => {
  test.each([
    ["nod.id: 1", "node.yaml: nod.id: there is no such config; did you mean node.id?"],
    [
      "num:\n  partition: 1",
      "node.yaml: num.partition: there is no such config; did you mean num.partitions?",
    ],
    ["kafka.port: 70000", "node.yaml: kafka.port: 70000 is above the maximum, 65535"],
    ["node.id: 99999999999999999999", "node.yaml: node.id: '99999999999999999999' is not a whole number"],
    [
      "process.roles: [brokr]",
      "node.yaml: process.roles: 'brokr' is not one of controller, broker, coordinator",
    ],
    ["listeners: here", "node.yaml: listeners: 'here' is not NAME://host:port"],
    ["controller.quorum.bootstrap.servers: a:1,b", /'b' is not host:port/],
    ["controller.quorum.initial.controllers: 1@a:1", /'1@a:1' is not id@host:port:directory-id/],
    ["cluster.id: mine", "node.yaml: cluster.id: 'mine' is not 22 letters of base64url"],
    ["num.io.threads: none", "node.yaml: num.io.threads: Invalid value none: Not a number of type INT"],
    ...Object.entries({
      controllers: "controller.quorum.bootstrap.servers",
      controler: "controller.quorum.bootstrap.servers",
      roles: "process.roles",
      memory: "data.in.memory",
      "memory-budget": "memory.budget.bytes",
      rack: "broker.rack",
      listener: "listeners",
      "grpc-port": "grpc.port",
    }).map(([flag, key]): [string, string] => [
      `${flag}: 1`,
      `node.yaml: ${flag}: there is no such config; did you mean ${key}?`,
    ]),
    ["log.dirs: /data", "node.yaml: log.dirs: it is called data.dir here"],
    ["grpc.port: 1\ngrpc: { port: 2 }", "node.yaml: grpc.port is set twice"],
    ["listeners: [{ a: 1 }]", "node.yaml: listeners has to be a list of plain values"],
    ["- 1", "node.yaml: it has to be a map of keys and values"],
    ["a: [1\nb: 2", /^node.yaml:2: Flow sequence .* end with a \]$/],
    ["data.dir: /a\ndata.in.memory: true", "data.dir and data.in.memory exclude each other"],
    ["advertised.listeners: X://h:1", "advertised.listeners: X: there is no listener of that name"],
  ])("%j", async (text, detail) => {
    const expected = typeof detail === "string" ? detail : expect.stringMatching(detail);
    await expect(readConfig(yaml(text))).rejects.toMatchObject({ id: "INVALID_CONFIG", detail: expected });
  });

  test("also what something else takes precedence over, and all at once", async () => {
    const reading = readConfig({
      ...yaml("node.id: x"),
      flags: [flag("node.id", "1"), flag("host.name", "h")],
    });
    await expect(reading).rejects.toMatchObject({
      detail: expect.stringMatching(/^node.yaml: node.id: 'x' .*; --host.name: there is no such config/),
    });
  });

  test("a variable that stands for nothing", async () => {
    await expect(readConfig({ environment: { MILLRACE_NOD_ID: "1" } })).rejects.toMatchObject({
      detail: "environment: there is no MILLRACE_NOD_ID; did you mean MILLRACE_NODE_ID?",
    });
    await expect(readConfig({ environment: { MILLRACE_ROLES: "broker" } })).rejects.toMatchObject({
      detail: "environment: there is no MILLRACE_ROLES; did you mean MILLRACE_PROCESS_ROLES?",
    });
  });
});

test("no two configs share a variable, and the one that names the file is none of them", () => {
  const keys = [...new Set([...Object.keys(brokerConfigs), ...Object.keys(nodeConfig.definitions)])];
  expect(new Set([...keys.map(environmentName), "MILLRACE_CONFIG"]).size).toBe(keys.length + 1);
  expect(environmentSettings({ MILLRACE_CONFIG: "node.yaml" })).toEqual([]);
});
