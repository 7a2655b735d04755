import { expect, test } from "vitest";
import { checkNodeOptions } from "./check-node-options.ts";
import type { NodeOptions } from "./node-options.ts";

const controller = (nodeId: number) => ({
  nodeId,
  host: "h",
  port: 19_000 + nodeId,
  directoryId: "AAAAAAAAAAAAAAAAAAAAAA",
});
const clusterId = "4L6g3nShT-eMCtK--X86sw";

test("a node of which nothing is said is controller and broker, and its own quorum", () => {
  const { nodeId, roles, controllers, grpc } = checkNodeOptions({});
  expect([nodeId, [...roles], controllers, grpc.port]).toEqual([1, ["controller", "broker"], [], 9094]);
});

test("controllers of a quorum are found where it began", () => {
  const quorum = [controller(1), controller(2), controller(3)];
  const options = checkNodeOptions({
    clusterId,
    nodeId: 2,
    roles: ["controller"],
    initialControllers: quorum,
  });
  expect(options.controllers).toEqual(quorum);
  expect(options.controllersConfig).toBe("controller.quorum.initial.controllers");
});

const noClusterId =
  "cluster.id (--cluster-id) is not set: a node of a cluster of several needs the cluster's id, which stands in " +
  "meta.properties in the data directory of each of its nodes, and in the line with which they say that they are ready";

test.each<[string, NodeOptions]>([
  ["a node needs a role", { roles: [] }],
  [
    "controller.quorum.bootstrap.servers (--controllers) is not set: a node that is no controller needs " +
      "the host:port of its controllers' gRPC",
    { roles: ["broker"], clusterId },
  ],
  [noClusterId, { roles: ["broker"], controllers: [controller(1)] }],
  [noClusterId, { initialControllers: [controller(1)] }],
  [
    "controller 1 is in the first quorum twice",
    { clusterId, initialControllers: [controller(1), controller(2), controller(1)] },
  ],
  [
    "grpc.port is 0: a controller of a quorum needs a fixed port, at which the others find it",
    { clusterId, initialControllers: [controller(1)], grpc: { host: "h", port: 0 } },
  ],
])("%s", (problem, options) => {
  expect(() => checkNodeOptions(options)).toThrow(
    expect.objectContaining({ id: "INVALID_CONFIG", detail: problem }),
  );
});
