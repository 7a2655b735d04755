import { FeatureUpdate_UpgradeType as Type } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import type { ApiError, CallContext } from "@millrace/runtime";
import { expect, test } from "vitest";
import { metadataRecord } from "../image/records.ts";
import { settled } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";

const ours = "millrace.metadata.version";
const origin = { principal: "User:alice", request: "UpdateFeatures", clientId: "her-tool" };

/** Three controllers at the level of an earlier version; controller 1 is active. */
async function start() {
  const quorum = await TestQuorum.start([1, 2, 3]);
  const controller = quorum.controller(1);
  await controller.write({ principal: "User:test" }, () => ({
    records: [metadataRecord({ case: "featureLevel", value: { name: ours, level: 1 } })],
    response: undefined,
  }));
  const raise = (level: number) =>
    quorum
      .channel(2)
      .client(ControllerService)
      .updateFeatures({ updates: [{ name: ours, level, upgradeType: Type.UPGRADE }], origin });
  const level = (id = 1) => quorum.controller(id).image.finalizedFeatures.levels.get(ours);
  return { quorum, raise, level };
}

test("a follower has the level raised, everyone has it, and the log says who asked", async () => {
  const { quorum, raise, level } = await start();
  await using _ = quorum;
  const causes: unknown[] = [];
  quorum.controller(3).onCommit(({ batches = [] }) => {
    for (const { cause, record } of batches.flatMap(({ decoded }) => decoded)) {
      if (record.case === "featureLevel") causes.push(cause?.origin);
    }
  });
  const { metadataOffset } = await raise(3);
  await settled();
  expect([1, 2, 3].map(level)).toEqual([3, 3, 3]);
  expect(quorum.controller(1).image.finalizedFeatures.epoch).toBe(Number(metadataOffset));
  expect(causes.at(-1)).toMatchObject(origin);
});

test("a level that another controller does not serve is refused, and says which one", async () => {
  const { quorum, raise, level } = await start();
  await using _ = quorum;
  const older = async (_: unknown, { peer }: CallContext) => {
    expect(peer).toMatchObject({ kind: "role", role: "controller" });
    return { supportedFeatures: [{ name: ours, levelMin: 1, levelMax: 2 }] };
  };
  await quorum.serveInstead(3, { describeFeatures: older });
  await expect(raise(3)).rejects.toMatchObject({
    id: "INVALID_UPDATE_VERSION",
    detail: expect.stringContaining(
      "feature millrace.metadata.version. Controller 3 only supports versions 1-2",
    ),
  });
  expect(level()).toBe(1);
  await raise(2);
  expect(level()).toBe(2);
});

test("nothing is raised past a voter that does not say what it serves", async () => {
  const { quorum, raise, level } = await start();
  await using _ = quorum;
  await quorum.crash(3);
  const refused = await raise(3).catch((error: ApiError) => error);
  expect(refused).toMatchObject({
    id: "FEATURE_UPDATE_FAILED",
    detail:
      "Controller 3 does not say at c3:9094 which levels it serves: " +
      "start it, with this version or a later one, or remove it from the quorum, and try again.",
  });
  expect(level()).toBe(1);
});

test("every controller says for itself what it serves, to roles of the cluster", async () => {
  const { quorum } = await start();
  await using _ = quorum;
  for (const id of [1, 2]) {
    const { supportedFeatures } = await quorum.channel(id).client(ControllerService).describeFeatures({});
    expect(supportedFeatures.map(({ name }) => name)).toEqual(["metadata.version", ours, "kraft.version"]);
  }
  const client = { kind: "client", clientId: "x", address: "test" } as const;
  await expect(
    quorum.channelAs(client, 1).client(ControllerService).describeFeatures({}),
  ).rejects.toMatchObject({ id: "CLUSTER_AUTHORIZATION_FAILED" });
});
