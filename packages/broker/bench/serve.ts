// A broker on real sockets and a real disk, with topics written down instead of created: for measuring the hot path.
// node --conditions=@millrace/source bench/serve.ts DIRECTORY [PORT]
import { mkdir } from "node:fs/promises";
import { defaultLogConfig, openLogDirectory } from "@millrace/log";
import { ByteBudget } from "@millrace/runtime";
import { createNodeRuntime, NodeDisk, TcpNetwork } from "@millrace/runtime-node";
import { createBroker } from "../src/create-broker.ts";
import { testImage } from "../test-support/test-image.ts";

const [directory = "/tmp/millrace-bench", port = "19092"] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const runtime = createNodeRuntime({
  onFail: (error) => {
    console.error(error);
    process.exit(1);
  },
});
const host = "127.0.0.1";
const disk = await NodeDisk.at(directory);
const logs = await openLogDirectory({
  disk,
  runtime,
  configOf: () => defaultLogConfig,
  cacheBytesMax: 256 * 1024 * 1024,
});
const topics = [
  { name: "bench-1", partitions: 1 },
  { name: "bench-4", partitions: 4 },
];
const { listener } = await createBroker({
  nodeId: 1,
  runtime,
  network: new TcpNetwork(),
  budget: new ByteBudget(1024 ** 3),
  logs,
  disk,
  image: testImage({
    topics,
    listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host, port: Number(port) }],
  }),
  controller: {} as never,
  staticConfigs: new Map(),
  supportedFeatures: [],
});
await listener.open({ name: "PLAINTEXT", host, port: Number(port) });
console.log(`ready ${process.pid}`);
process.on("SIGTERM", async () => {
  await listener.close();
  await logs.close({ brokerEpoch: 0 });
  process.exit(0);
});
