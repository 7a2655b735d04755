import { ControllerService } from "@millrace/proto/controller";
import { ApiError } from "@millrace/runtime";
import { expect, test, vi } from "vitest";
import { settled, testUuid } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";

const isAlive = (quorum: TestQuorum, brokerId: number, controller = 1): boolean =>
  quorum.controller(controller).image.isAlive(brokerId);

async function withBrokers(ids: readonly number[], ...brokers: number[]) {
  const quorum = await TestQuorum.start(ids);
  const started = brokers.map((id) => quorum.broker(id));
  await Promise.all(started.map(({ session }) => session.untilUnfenced()));
  return { quorum, brokers: started };
}

test("a broker whose port refuses connections is fenced as soon as its session stream breaks", async () => {
  const { quorum, brokers } = await withBrokers([1], 1, 2);
  await using _ = quorum;
  const admin = quorum.channel(1).client(ControllerService);
  await admin.createTopics({ topics: [{ name: "t", assignments: [{ brokerIds: [1, 2] }] }] });
  await brokers[0]!.crash();
  await settled();
  const { image } = quorum.controller(1);
  expect(image.isAlive(1)).toBe(false);
  expect(image.topic("t")!.partitions.get(0)).toMatchObject({ leader: 2, leaderEpoch: 1, isr: [2] });
});

test.each(["answers", "silent"] as const)(
  "a broker whose port %s keeps its session until it times out",
  async (port) => {
    const { quorum, brokers } = await withBrokers([1], 1);
    await using _ = quorum;
    await brokers[0]!.cutOff(port);
    await quorum.advance(2_400);
    expect(isAlive(quorum, 1)).toBe(true);
    await quorum.advance(600);
    expect(isAlive(quorum, 1)).toBe(false);
  },
);

test("a broker that says it shuts down is not dialled: it is fenced already", async () => {
  const { quorum, brokers } = await withBrokers([1], 1);
  await using _ = quorum;
  await brokers[0]!.session.shutDown();
  const { offset } = quorum.controller(1).image;
  await brokers[0]!.crash();
  await settled();
  expect(quorum.controller(1).image.offset).toBe(offset);
});

test("a new active controller keeps who comes to it, and fences at once who ended with the old one", async () => {
  const { quorum, brokers } = await withBrokers([1, 2], 1, 2, 3);
  await using _ = quorum;
  const [, two, three] = brokers;
  await quorum.crash(1);
  await two!.crash();
  await three!.cutOff("silent");
  await quorum.log.lead(2);
  await settled();
  expect([1, 2, 3].map((id) => isAlive(quorum, id, 2))).toEqual([true, true, true]);
  await quorum.advance(50);
  expect([1, 2, 3].map((id) => isAlive(quorum, id, 2))).toEqual([true, false, true]);
  await quorum.advance(2_850);
  expect([1, 3].map((id) => isAlive(quorum, id, 2))).toEqual([true, true]);
  await quorum.advance(100);
  expect([1, 3].map((id) => isAlive(quorum, id, 2))).toEqual([true, false]);
  expect(brokers[0]!.session.fenced).toBe(false);
});

test("who ends after it was found alive, and before it came to the new active controller, is fenced too", async () => {
  const { quorum, brokers } = await withBrokers([1, 2], 1);
  await using _ = quorum;
  await quorum.crash(1);
  await brokers[0]!.cutOff("answers");
  await quorum.log.lead(2);
  await quorum.advance(100);
  await brokers[0]!.crash();
  expect(isAlive(quorum, 1, 2)).toBe(true);
  await quorum.advance(2_500);
  expect(isAlive(quorum, 1, 2)).toBe(false);
});

test("a broker that could not be fenced, since too much was waiting, is fenced later", async () => {
  const { quorum, brokers } = await withBrokers([1], 1);
  await using _ = quorum;
  const busy = vi.spyOn(quorum.controller(1), "write");
  busy.mockRejectedValueOnce(new ApiError("THROTTLING_QUOTA_EXCEEDED"));
  await brokers[0]!.crash();
  await settled();
  expect(isAlive(quorum, 1)).toBe(true);
  await quorum.advance(3_000);
  expect(isAlive(quorum, 1)).toBe(false);
});

test("a new incarnation that is quick keeps the place of the one that crashed", async () => {
  const { quorum, brokers } = await withBrokers([1], 1);
  await using _ = quorum;
  const admin = quorum.channel(1).client(ControllerService);
  await admin.createTopics({ topics: [{ name: "t", assignments: [{ brokerIds: [1] }] }] });
  const crashed = brokers[0]!.crash();
  const again = quorum.broker(1, { incarnationId: testUuid(50) });
  const unfenced = again.session.untilUnfenced();
  await quorum.advance(500); // it may come before the end of the crashed one's stream, and comes again
  await Promise.all([crashed, unfenced]);
  await quorum.advance(4_000);
  expect(isAlive(quorum, 1)).toBe(true);
  expect(again.session.brokerEpoch).toBeGreaterThan(brokers[0]!.session.brokerEpoch);
  expect(quorum.controller(1).image.topic("t")!.partitions.get(0)).toMatchObject({
    leader: 1,
    leaderEpoch: 2,
  });
});
