import { expect, test } from "vitest";
import { readyLines } from "./ready-lines.ts";

const listener = {
  name: "PLAINTEXT",
  host: "0.0.0.0",
  port: 9092,
  advertisedHost: "kafka",
  advertisedPort: 1,
};

test("a line for each listener, where it is bound, and a last one that begins with ready", () => {
  const node = {
    nodeId: 3,
    roles: ["controller", "broker"] as const,
    clusterId: "JI62QpesQVaqrnaVSnavsA",
    storage: "/data",
    kafkaListeners: [listener, { ...listener, host: "::1", port: 9093 }],
    grpc: { host: "127.0.0.1", port: 9094 },
    http: undefined,
  };
  expect(readyLines(node, 310)).toEqual([
    "kafka://0.0.0.0:9092",
    "kafka://[::1]:9093",
    "grpc://127.0.0.1:9094",
    "ready: node 3 (controller, broker) of cluster JI62QpesQVaqrnaVSnavsA, data in /data, after 310 ms",
  ]);
});
