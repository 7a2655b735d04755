import { expect, test } from "vitest";
import { testUuid } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";
import { checkPlaceInQuorum } from "./place-in-quorum.ts";

const endpoint = (host: string) => ({ host, port: 9094 });
const controllers = ["c1", "c2", "c3"].map(endpoint);

test("who belongs there, or comes anew, or comes back with another disk, meets no objections", async () => {
  await using quorum = await TestQuorum.start([1, 2, 3]);
  const connect = quorum.connectAs("controller", 2);
  for (const self of [
    { id: 2, directoryId: testUuid(102), endpoint: endpoint("c2") },
    { id: 4, directoryId: testUuid(104), endpoint: endpoint("c4") },
    { id: 3, directoryId: testUuid(50), endpoint: endpoint("c3") },
  ]) {
    await checkPlaceInQuorum({ self, connect, controllers });
  }
});

test("who finds nobody meets none either", async () => {
  await using quorum = await TestQuorum.start([1]);
  const connect = quorum.connectAs("controller", 1);
  const self = { id: 1, directoryId: testUuid(1), endpoint: endpoint("c1") };
  await checkPlaceInQuorum({ self, connect, controllers: [endpoint("nowhere")] });
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
    self: { id: 4, directoryId: testUuid(104), endpoint: endpoint("c4") },
    connect: quorum.connectAsPeer(peer),
    controllers,
  });
  await expect(checking).rejects.toMatchObject({
    id: "INCONSISTENT_CLUSTER_ID",
    detail: "this is cluster test-cluster-id-000000, and controller 4 belongs to another",
  });
});

test("an id that another controller has, on another disk, is refused while that one answers", async () => {
  await using quorum = await TestQuorum.start([1, 2, 3]);
  const place = {
    self: { id: 3, directoryId: testUuid(50), endpoint: endpoint("elsewhere") },
    connect: quorum.connectAs("controller", 3),
    controllers,
  };
  await expect(checkPlaceInQuorum(place)).rejects.toMatchObject({
    id: "DUPLICATE_VOTER",
    detail: expect.stringContaining("another controller with node id 3 answers at c3:9094"),
  });
  await quorum.crash(3);
  await checkPlaceInQuorum(place);
});
