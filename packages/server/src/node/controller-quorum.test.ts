import { join } from "node:path";
import { connect } from "@millrace/client";
import { silentLogger } from "@millrace/runtime";
import { expect, test } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { temporaryDirectory } from "../testing/temporary-directory.ts";
import { formatDataDirectory } from "./format-data-directory.ts";
import { MillraceNode } from "./millrace-node.ts";
import type { InitialController, NodeOptions } from "./node-options.ts";

const host = "127.0.0.1";

/** Formats the data directories of three controllers: what a quorum begins with. */
async function threeControllers(directory: string) {
  let clusterId: string | undefined;
  const initialControllers: InitialController[] = [];
  for (const nodeId of [1, 2, 3]) {
    const dataDir = join(directory, String(nodeId));
    const formatted = await formatDataDirectory({ dataDir, nodeId, ...(clusterId && { clusterId }) });
    clusterId = formatted.clusterId;
    initialControllers.push({ nodeId, host, port: await freePort(), directoryId: formatted.directoryId });
  }
  const start = (options: NodeOptions): Promise<MillraceNode> =>
    MillraceNode.start(
      { http: false, listeners: [{ name: "A", host, port: 0 }], ...(clusterId && { clusterId }), ...options },
      { processMetrics: false },
    );
  const startController = ({ nodeId, port }: InitialController): Promise<MillraceNode> => {
    const dataDir = join(directory, String(nodeId));
    return start({ nodeId, dataDir, roles: ["controller"], initialControllers, grpc: { host, port } });
  };
  return { initialControllers, start, startController };
}

test("three controllers are one quorum: a broker and a controller that joins find it, and it outlives each of them", async () => {
  await using directory = await temporaryDirectory();
  const { initialControllers, start, startController } = await threeControllers(directory.path);
  const controllers = await Promise.all(initialControllers.map(startController));
  await using stack = new AsyncDisposableStack();
  for (const controller of controllers) stack.use(controller);
  const grpc = { host, port: 0 };
  const broker = await start({ nodeId: 101, roles: ["broker"], controllers: initialControllers, grpc });
  stack.use(broker);
  await using client = connect({ broker: `${host}:${broker.grpc.port}` });
  await client.admin.createTopics([{ name: "first" }]);

  const joining = { nodeId: 4, roles: ["controller"], controllers: initialControllers } as const;
  const fourth = await start({
    ...joining,
    dataDir: join(directory.path, "4"),
    grpc: { host, port: await freePort() },
  });
  stack.use(fourth);

  for (const [place, controller] of controllers.entries()) {
    await controller.close();
    await client.admin.createTopics([{ name: `without-${place + 1}` }]);
    const again = await startController(initialControllers[place]!);
    stack.use(again);
  }
  const names = (await client.admin.listTopics()).map(({ name }) => name);
  expect(names.toSorted()).toEqual(["first", "without-1", "without-2", "without-3"]);
});

const toBeAdded = {
  id: 3,
  next: "millrace quorum add 3 --bootstrap <gRPC address of a broker or controller>",
};

test.each([
  ["is not the voter that it was, and says what to do", {}, [expect.objectContaining(toBeAdded)]],
  ["has nobody do anything if it joins by itself", { "controller.quorum.auto.join.enable": "true" }, []],
])("a controller whose disk was lost %s", async (_, configs, expected) => {
  await using directory = await temporaryDirectory();
  const { initialControllers, start, startController } = await threeControllers(directory.path);
  const [one, two, three] = initialControllers as [InitialController, InitialController, InitialController];
  await using stack = new AsyncDisposableStack();
  for (const controller of await Promise.all([one, two].map(startController))) stack.use(controller);
  // A new directory, so a new directory id: it follows the quorum of the other two and has no voice in it.
  const warnings: unknown[] = [];
  const wiped = await start({
    nodeId: 3,
    configs,
    logger: { ...silentLogger, warn: (fields) => warnings.push(fields) },
    dataDir: join(directory.path, "3-new"),
    roles: ["controller"],
    initialControllers,
    grpc: { host, port: three.port },
  });
  stack.use(wiped);
  expect(wiped.roles).toEqual(["controller"]);
  expect(warnings.filter((fields) => (fields as { next?: unknown }).next !== undefined)).toEqual(expected);
});

test("a controller of another cluster is told so, and does not wait for ever", async () => {
  await using directory = await temporaryDirectory();
  const { initialControllers, start, startController } = await threeControllers(directory.path);
  await using stack = new AsyncDisposableStack();
  const controllers = await Promise.all(initialControllers.slice(0, 2).map(startController));
  for (const controller of controllers) stack.use(controller);
  const stranger = start({
    nodeId: 4,
    clusterId: "AAAAAAAAAAAAAAAAAAAAAA",
    roles: ["controller"],
    controllers: initialControllers,
    grpc: { host, port: await freePort() },
  });
  await expect(stranger).rejects.toMatchObject({
    id: "INCONSISTENT_CLUSTER_ID",
    detail: expect.stringMatching(
      /^this is cluster .{22}, and controller 4 belongs to AAAAAAAAAAAAAAAAAAAAAA: correct cluster.id, or /,
    ),
  });
});

test("a controller with the id of another one that is alive is told so", async () => {
  await using directory = await temporaryDirectory();
  const { initialControllers, start, startController } = await threeControllers(directory.path);
  await using stack = new AsyncDisposableStack();
  for (const controller of await Promise.all(initialControllers.map(startController))) stack.use(controller);
  const namesake = start({
    nodeId: 3,
    dataDir: join(directory.path, "namesake"),
    roles: ["controller"],
    controllers: initialControllers,
    grpc: { host, port: await freePort() },
  });
  const { port, directoryId } = initialControllers[2]!;
  await expect(namesake).rejects.toMatchObject({
    id: "DUPLICATE_VOTER",
    detail:
      `another controller with node id 3 answers at ${host}:${port}, with directory ${directoryId}: ` +
      "give this one an id of its own",
  });
});
