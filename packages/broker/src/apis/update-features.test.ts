import { create } from "@bufbuild/protobuf";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { updateFeaturesApi } from "@millrace/kafka-protocol/messages/update-features";
import { AdminService, FeatureUpdate_UpgradeType as UpgradeType } from "@millrace/proto/admin";
import { MetadataRecordSchema } from "@millrace/proto/metadata";
import { errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { TestNode } from "../../test-support/test-node.ts";

const ours = "millrace.metadata.version";
const software = { clientSoftwareName: "a-client", clientSoftwareVersion: "1.0" };
const UPGRADE = UpgradeType.UPGRADE;

/** A broker in a cluster that an earlier version formed: our own records are at level 1. */
async function start() {
  const node = await TestNode.start();
  const { controller } = node.cluster;
  await controller.write({ principal: "User:test" }, () => ({
    records: [
      create(MetadataRecordSchema, { record: { case: "featureLevel", value: { name: ours, level: 1 } } }),
    ],
    response: undefined,
  }));
  const client = node.connect();
  /** What clients are told: the levels, and the epoch that orders them. */
  const features = async () => {
    const { finalizedFeatures, finalizedFeaturesEpoch: epoch } = await client.call(
      apiVersionsApi,
      4,
      software,
    );
    const levels = finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel] as const);
    return { levels: Object.fromEntries(levels), epoch };
  };
  const levelInLog = () => controller.image.finalizedFeatures.levels.get(ours);
  return { node, client, features, levelInLog };
}

test.each([0, 1, 2])("version %d raises a level, and ApiVersions tells it at once", async (version) => {
  const { node, client, features } = await start();
  await using _ = node;
  const before = await features();
  const asked = { feature: ours, maxVersionLevel: 3 };
  const answer = await client.call(updateFeaturesApi, version, { featureUpdates: [asked] });
  const result = { feature: ours, errorCode: 0, errorMessage: null };
  expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, results: version < 2 ? [result] : [] });
  const after = await features();
  expect(after.levels).toEqual({ "metadata.version": 30, [ours]: 3, "kraft.version": 1 });
  expect(after.epoch).toBeGreaterThan(before.epoch);
});

test.each([0, 1, 2])("version %d has one error for all", async (version) => {
  const { node, client, levelInLog } = await start();
  await using _ = node;
  const featureUpdates = [
    { feature: ours, maxVersionLevel: 3 },
    { feature: "share.version", maxVersionLevel: 1 },
  ];
  expect(await client.call(updateFeaturesApi, version, { featureUpdates })).toMatchObject({
    errorCode: errorTable.INVALID_UPDATE_VERSION.code,
    errorMessage:
      "The update failed for all features since the following feature had an error: " +
      "Invalid update version 1 for feature share.version. Local controller 1 does not support this feature.",
    results: [],
  });
  expect(levelInLog()).toBe(1);
});

test("a dry run changes nothing", async () => {
  const { node, client, levelInLog } = await start();
  await using _ = node;
  const featureUpdates = [{ feature: ours, maxVersionLevel: 3, upgradeType: UPGRADE }];
  const answer = await client.call(updateFeaturesApi, 2, { featureUpdates, validateOnly: true });
  expect(answer.errorCode).toBe(0);
  expect(levelInLog()).toBe(1);
});

test.each([
  ["allowDowngrade of version 0", 0, { allowDowngrade: true }],
  ["a safe downgrade", 2, { upgradeType: UpgradeType.SAFE_DOWNGRADE }],
  ["an unsafe downgrade", 2, { upgradeType: UpgradeType.UNSAFE_DOWNGRADE }],
])("%s is one that is refused upwards", async (_, version, how) => {
  const { node, client } = await start();
  await using _node = node;
  const featureUpdates = [{ feature: ours, maxVersionLevel: 2, ...how }];
  const { errorMessage } = await client.call(updateFeaturesApi, version, { featureUpdates });
  expect(errorMessage).toContain("Can't downgrade to a newer version.");
});

test("a type of update that there is not is refused", async () => {
  const { node, client } = await start();
  await using _ = node;
  for (const upgradeType of [0, 7, -1]) {
    const featureUpdates = [{ feature: ours, maxVersionLevel: 2, upgradeType }];
    const { errorMessage } = await client.call(updateFeaturesApi, 2, { featureUpdates });
    expect(errorMessage).toContain("The controller does not support the given upgrade type.");
  }
});

test("gRPC raises levels too, or refuses as a whole", async () => {
  const { node, levelInLog } = await start();
  await using _ = node;
  const admin = node.channel().client(AdminService);
  const to = (level: number) => ({ updates: [{ name: ours, level, upgradeType: UPGRADE }] });
  await expect(admin.updateFeatures(to(9))).rejects.toMatchObject({
    id: "INVALID_UPDATE_VERSION",
    detail: expect.stringContaining("Local controller 1 only supports versions 1-3"),
  });
  const { metadataOffset } = await admin.updateFeatures(to(2));
  expect(levelInLog()).toBe(2);
  expect(metadataOffset).toBe(BigInt(node.cluster.controller.image.offset));
});
