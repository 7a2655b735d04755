import { expect, test } from "vitest";
import { testUuid } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";
import { checkPlaceInQuorum } from "./place-in-quorum.ts";

const controllers = [1, 2, 3].map((id) => ({ host: `c${id}`, port: 9094 }));

test("who belongs there, or comes anew, meets no objections", async () => {
  await using quorum = await TestQuorum.start([1, 2, 3]);
  const connect = quorum.connectAs("controller", 2);
  await checkPlaceInQuorum({ self: { id: 2, directoryId: testUuid(102) }, connect, controllers });
  await checkPlaceInQuorum({ self: { id: 4, directoryId: testUuid(104) }, connect, controllers });
});

test("who finds nobody meets none either", async () => {
  await using quorum = await TestQuorum.start([1]);
  const connect = quorum.connectAs("controller", 1);
  const nobody = [{ host: "nowhere", port: 1 }];
  await checkPlaceInQuorum({ self: { id: 1, directoryId: testUuid(1) }, connect, controllers: nobody });
});

test("the controllers of another cluster are told apart", async () => {
  await using quorum = await TestQuorum.start([1, 2, 3]);
  const peer = {
    kind: "role",
    role: "controller",
    nodeId: 4,
    clusterId: "another",
    address: "test",
  } as const;
  const checking = checkPlaceInQuorum({
    self: { id: 4, directoryId: testUuid(104) },
    connect: quorum.connectAsPeer(peer),
    controllers,
  });
  await expect(checking).rejects.toMatchObject({
    id: "INCONSISTENT_CLUSTER_ID",
    detail: "this is cluster test-cluster-id-000000, and controller 4 belongs to another",
  });
});

test("an id that another controller has, on another disk, is refused while that one is alive", async () => {
  await using quorum = await TestQuorum.start([1, 2, 3]);
  const place = {
    self: { id: 3, directoryId: testUuid(50) },
    connect: quorum.connectAs("controller", 3),
    controllers,
  };
  await expect(checkPlaceInQuorum(place)).rejects.toMatchObject({
    id: "DUPLICATE_VOTER",
    detail: expect.stringContaining("another controller with node id 3 is alive at c3:9094"),
  });
  quorum.log.silentMs.set(3, 2_000);
  await checkPlaceInQuorum(place);
});
