import { connect } from "@millrace/client";
import { expect, test } from "vitest";
import { MillraceNode } from "./millrace-node.ts";
import type { NodeOptions } from "./node-options.ts";

const host = "127.0.0.1";
const clusterId = "4L6g3nShT-eMCtK--X86sw";
const start = (options: NodeOptions) =>
  MillraceNode.start(
    {
      clusterId,
      grpc: { host, port: 0 },
      http: false,
      listeners: [{ name: "A", host, port: 0 }],
      ...options,
    },
    { processMetrics: false },
  );

test("a controller, a broker and a coordinator are one cluster, each a node of its own", async () => {
  await using controller = await start({ nodeId: 1, roles: ["controller"] });
  expect(controller.kafkaListeners).toEqual([]);
  const controllers = [controller.grpc];
  await using broker = await start({ nodeId: 101, roles: ["broker"], controllers });
  await using coordinator = await start({ nodeId: 201, roles: ["coordinator"], controllers });
  expect(coordinator.kafkaListeners).toEqual([]);

  await using client = connect({ broker: `${host}:${broker.grpc.port}` });
  await client.admin.createTopics([{ name: "orders" }]);
  await client.producer().send({ topic: "orders", value: "kept" });
  const read: unknown[] = [];
  for await (const { value } of client.read({ topic: "orders", partition: 0, until: "end" }))
    read.push(String(value));
  expect(read).toEqual(["kept"]);
  expect(await client.admin.listTopics()).toMatchObject([{ name: "orders", partitions: [{ leader: 101 }] }]);
});

test("a broker finds the controller behind addresses where nobody listens", async () => {
  await using controller = await start({ nodeId: 1, roles: ["controller"] });
  const nobody = { host, port: 1 };
  await using broker = await start({
    nodeId: 101,
    roles: ["broker"],
    controllers: [nobody, nobody, controller.grpc],
  });
  expect(broker.kafkaListeners).toHaveLength(1);
});

test.each(["broker", "coordinator"] as const)("a %s of another cluster is refused", async (role) => {
  await using controller = await start({ nodeId: 1, roles: ["controller"] });
  const stranger = start({
    nodeId: 9,
    clusterId: "AAAAAAAAAAAAAAAAAAAAAA",
    roles: [role],
    controllers: [controller.grpc],
  });
  await expect(stranger).rejects.toMatchObject({ id: "INCONSISTENT_CLUSTER_ID" });
});
