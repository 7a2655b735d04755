import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type LogFields, type Logger, silentLogger } from "@millrace/runtime";
import { expect, test } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { temporaryDirectory } from "../testing/temporary-directory.ts";
import { MillraceNode } from "./millrace-node.ts";
import type { NodeOptions } from "./node-options.ts";

const host = "127.0.0.1";
const clusterId = "4L6g3nShT-eMCtK--X86sw";
const start = (options: NodeOptions) =>
  MillraceNode.start(
    {
      clusterId,
      http: false,
      listeners: [{ name: "A", host, port: 0 }],
      grpc: { host, port: 0 },
      ...options,
    },
    { processMetrics: false },
  );

test.each(["broker", "coordinator"] as const)(
  "a mistyped cluster id of a new %s is refused in one error, and does not stay in its directory",
  async (role) => {
    await using directory = await temporaryDirectory();
    await using controller = await start({ nodeId: 1, roles: ["controller"] });
    const dataDir = join(directory.path, "new");
    const logged: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_, message) => logged.push(message),
      error: (_, message) => logged.push(message),
    };
    const options: NodeOptions = {
      nodeId: 9,
      roles: [role],
      dataDir,
      controllers: [controller.grpc],
      logger,
    };
    await expect(start({ ...options, clusterId: "AAAAAAAAAAAAAAAAAAAAAA" })).rejects.toMatchObject({
      id: "INCONSISTENT_CLUSTER_ID",
      detail:
        `this is cluster ${clusterId}, and ${role} 9 belongs to AAAAAAAAAAAAAAAAAAAAAA: ` +
        "correct cluster.id, or the addresses of the controllers",
    });
    expect(logged).toEqual([]);
    expect(await readdir(dataDir).catch(() => [])).toEqual([]);
    await using corrected = await start(options);
    expect(corrected.clusterId).toBe(clusterId);
  },
);

test("a new node waits for its controllers, and says where it looks for them", async () => {
  const port = await freePort();
  const told = Promise.withResolvers<LogFields>();
  const logger: Logger = { ...silentLogger, warn: told.resolve };
  const starting = start({ nodeId: 9, roles: ["coordinator"], controllers: [{ host, port }], logger });
  expect(await told.promise).toMatchObject({
    controllers: [`${host}:${port}`],
    config: "controller.quorum.bootstrap.servers",
  });
  await using controller = await start({ nodeId: 1, roles: ["controller"], grpc: { host, port } });
  await using node = await starting;
  expect(node.clusterId).toBe(controller.clusterId);
});
