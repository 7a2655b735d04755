import { brokerConfigs } from "@millrace/controller";
import { MemoryDisk, ServiceTable } from "@millrace/runtime";
import { createNodeRuntime } from "@millrace/runtime-node";
import { expect, test } from "vitest";
import { ControllerReach } from "./controller-reach.ts";
import { metadataSegmentBytes, openController } from "./controller-role.ts";
import { staticConfigs } from "./static-configs.ts";

test("the node's configs reach its controller", async () => {
  const configs = staticConfigs({
    "num.partitions": "4",
    "broker.session.timeout.ms": "9000",
    "broker.heartbeat.interval.ms": "2000",
  });
  const runtime = createNodeRuntime({ onFail: () => {} });
  const clock = runtime.clocks.liveness;
  const reach = new ControllerReach({ addresses: [], config: "", clock, logger: runtime.logger });
  const { controller } = await openController({
    nodeId: 1,
    clusterId: "4L6g3nShT-eMCtK--X86sw",
    directoryId: "AAAAAAAAAAAAAAAAAAAAZA",
    services: new ServiceTable(),
    contacts: [],
    endpoint: { host: "127.0.0.1", port: 9094 },
    disk: new MemoryDisk(),
    runtime,
    reach,
    configs,
  });
  expect(controller.timing).toEqual({ sessionTimeoutMs: 9_000, heartbeatIntervalMs: 2_000 });
  expect(controller.topicDefaults).toEqual({ partitions: 4, replicationFactor: 1 });
  await controller.close();
});

test("the metadata log's segments are as large as its config says, set or not", () => {
  expect(metadataSegmentBytes(new Map())).toBe(Number(brokerConfigs["metadata.log.segment.bytes"].default));
  expect(metadataSegmentBytes(new Map([["metadata.log.segment.bytes", "8388608"]]))).toBe(8_388_608);
  const forTests = new Map([
    ["metadata.log.segment.bytes", "8388608"],
    ["internal.metadata.log.segment.bytes", "4000"],
  ]);
  expect(metadataSegmentBytes(forTests)).toBe(4_000);
});
