import { MemoryCommitLog } from "@millrace/replicated-state/testing";
import { createSimulatedRuntime } from "@millrace/runtime";
import { expect, test } from "vitest";
import { metadataCodec } from "../image/metadata-definition.ts";
import { metadataRecord } from "../image/records.ts";
import { Controller } from "./controller.ts";

const featureAt = (name: string, level: number) =>
  metadataCodec.encode(metadataRecord({ case: "featureLevel", value: { name, level } }));

async function open(log: MemoryCommitLog) {
  const runtime = createSimulatedRuntime();
  const controller = await Controller.open({ nodeId: 1, clusterId: "test-cluster-id-000000", log, runtime });
  return { controller, runtime };
}

test("a snapshot of a version ahead is refused at start, with what is served and what to do", async () => {
  const log = new MemoryCommitLog();
  log.stored = { position: { offset: 9, epoch: 2 }, chunks: [[featureAt("metadata.version", 31)]] };
  await expect(open(log)).rejects.toMatchObject({
    id: "UNSUPPORTED_VERSION",
    message:
      "UNSUPPORTED_VERSION: the metadata log has feature metadata.version at level 31 (offset 9), " +
      "and this version of Millrace serves level 30 only: " +
      "start the node with a version that serves level 31, such as the one that wrote the log",
  });
});

test.each([
  ["a level ahead", "millrace.metadata.version", 4, "serves levels 1 to 3"],
  ["a level behind", "metadata.version", 29, "serves level 30 only"],
  ["a feature nobody here knows", "share.version", 1, "serves no feature of that name"],
])(
  "a log that comes to %s ends the node, and nothing from there on is replayed",
  async (_, name, level, served) => {
    const log = new MemoryCommitLog();
    const { controller, runtime } = await open(log);
    log.add([[featureAt("metadata.version", 30)]], 1);
    await log.commit();
    log.add([[featureAt(name, level)], [featureAt("millrace.metadata.version", 1)]], 1);
    await log.commit();
    expect(runtime.failures).toEqual([
      expect.objectContaining({
        id: "UNSUPPORTED_VERSION",
        message: expect.stringMatching(`${name} at level ${level} \\(offset 1\\).* ${served}`),
      }),
    ]);
    await expect(controller.untilActive()).rejects.toMatchObject({
      id: "NOT_CONTROLLER",
      cause: runtime.failures[0],
    });
    expect([...controller.image.finalizedFeatures.levels]).toEqual([["metadata.version", 30]]);
  },
);

test("a feature at level 0 is one that is not used, whatever it is called", async () => {
  const log = new MemoryCommitLog();
  const { controller, runtime } = await open(log);
  log.add([[featureAt("share.version", 0), featureAt("metadata.version", 0)]], 1);
  await log.commit();
  expect(runtime.failures).toEqual([]);
  expect(controller.image.finalizedFeatures.levels.size).toBe(0);
});
