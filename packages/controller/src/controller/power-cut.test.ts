import { ControllerService } from "@millrace/proto/controller";
import { SegmentedRaftStorage } from "@millrace/raft";
import { randomBelow, SeededRandom, SimulatedClock, SimulatedDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import { settled, TestCluster, testUuid } from "../testing/test-cluster.ts";

const open = async (disk: SimulatedDisk) => ({
  storage: await SegmentedRaftStorage.open(disk, "metadata", { segmentBytes: 4_000 }),
  raftLimits: { snapshotEveryBytes: 6_000 },
});

test.each(Array.from({ length: 8 }, (_, seed) => seed))(
  "what was acknowledged survives a power cut, and nothing half done does (seed %i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    let disk = new SimulatedDisk({ clock: new SimulatedClock(), random });
    const acknowledged = new Set<string>();
    for (let life = 0; life < 4; life++) {
      const cluster = await TestCluster.start(await open(disk));
      const { session } = cluster.broker(1, { incarnationId: testUuid(50 + life) });
      await session.untilUnfenced();
      const admin = cluster.channel({}).client(ControllerService);
      expect(cluster.controller.image.topicNames).toEqual(expect.arrayContaining([...acknowledged]));
      for (const name of cluster.controller.image.topicNames) {
        expect(cluster.controller.image.topic(name)!.partitions.count).toBe(3);
      }
      const asked = Array.from({ length: 40 }, (_, i) => `life${life}-topic${i}`);
      for (const name of asked) {
        admin.createTopics({ topics: [{ name, partitions: 3 }] }).then(
          () => acknowledged.add(name),
          () => {},
        );
        if (randomBelow(random, 4) === 0) await settled(1);
      }
      disk = disk.crash();
      await settled();
      await cluster[Symbol.asyncDispose]();
    }
    expect(acknowledged.size).toBeGreaterThan(0);
  },
);
