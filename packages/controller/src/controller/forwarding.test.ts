import { ControllerService } from "@millrace/proto/controller";
import { ApiError } from "@millrace/runtime";
import { expect, test, vi } from "vitest";
import { settled } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error : undefined),
  );

async function withBroker() {
  const quorum = await TestQuorum.start([1, 2, 3]);
  const broker = quorum.broker(1);
  await broker.session.untilUnfenced();
  return { quorum, broker };
}

const causes = (quorum: TestQuorum, id: number): unknown[] => {
  const seen: unknown[] = [];
  quorum.controller(id).onCommit(({ batches }) => {
    for (const { decoded } of batches ?? []) seen.push(decoded[0]?.cause?.origin);
  });
  return seen;
};

test("a follower has the active controller serve, on behalf of whoever asked", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  const seen = causes(quorum, 1);
  const follower = quorum.channel(2).client(ControllerService);
  const origin = {
    principal: "User:alice",
    request: "CreateTopics",
    clientId: "her-tool",
    clientAddress: "192.0.2.7",
  };
  const answer = await follower.createTopics({ topics: [{ name: "t" }], origin });
  expect(answer.topics).toMatchObject([{ name: "t", partitions: 1 }]);
  expect(Number(answer.metadataOffset)).toBe(quorum.controller(1).image.offset);
  const { epoch } = quorum.controller(1).image.broker(1)!;
  await follower.allocateProducerIds({ brokerId: 1, brokerEpoch: BigInt(epoch) });
  expect(seen).toMatchObject([
    origin,
    { principal: "Broker:1", request: "AllocateProducerIds", clientId: "", clientAddress: "test" },
  ]);
});

test("a refusal of the active controller comes back as it is", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  const follower = quorum.channel(3).client(ControllerService);
  const refused = await refusal(follower.allocateProducerIds({ brokerId: 1, brokerEpoch: 99n }));
  expect(refused).toMatchObject({ id: "STALE_BROKER_EPOCH" });
});

test("only roles of the cluster are forwarded", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  const peer = { kind: "client", clientId: "me", address: "test" } as const;
  const follower = quorum.channelAs(peer, 2).client(ControllerService);
  expect(await refusal(follower.createTopics({}))).toMatchObject({ id: "CLUSTER_AUTHORIZATION_FAILED" });
});

test("what a controller forwarded goes no further, and names whom to ask", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  const forwarded = quorum.channel(2, "controller", 3).client(ControllerService);
  const refused = await refusal(forwarded.createTopics({ topics: [{ name: "t" }] }));
  expect(refused).toMatchObject({ id: "NOT_CONTROLLER", servedBy: { nodeId: 1, host: "c1", port: 9094 } });
});

test("what a controller's own node asks is forwarded", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  const own = quorum.channel(2, "controller", 2).client(ControllerService);
  const { topics } = await own.createTopics({ topics: [{ name: "t" }] });
  expect(topics).toMatchObject([{ name: "t", partitions: 1 }]);
});

test("while nobody leads, or the leader is gone, nothing was decided", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  const follower = quorum.channel(2).client(ControllerService);
  await quorum.crash(1);
  const gone = await refusal(follower.createTopics({ topics: [{ name: "t" }] }));
  expect(gone).toMatchObject({ id: "NOT_CONTROLLER", servedBy: undefined });
  await quorum.log.lead(undefined);
  const nobody = await refusal(follower.createTopics({ topics: [{ name: "t" }] }));
  expect(nobody).toMatchObject({ id: "NOT_CONTROLLER", servedBy: undefined });
});

test("who waits for an active controller that stands still is told when another leads", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  vi.spyOn(quorum.controller(1), "write").mockReturnValue(new Promise(() => {}));
  const waiting = refusal(
    quorum
      .channel(2)
      .client(ControllerService)
      .createTopics({ topics: [{ name: "t" }] }),
  );
  await settled();
  await quorum.log.lead(3);
  expect(await waiting).toMatchObject({ id: "NOT_CONTROLLER", servedBy: { nodeId: 3, host: "c3" } });
});

test("a session is the active controller's alone: others name it", async () => {
  const { quorum, broker } = await withBroker();
  await using _ = quorum;
  await quorum.log.lead(2);
  await quorum.advance(1_000);
  expect(quorum.controller(2).sessions.status(1)).toMatchObject({
    brokerEpoch: broker.session.brokerEpoch,
    silentMs: expect.any(Number),
  });
  expect(quorum.controller(1).sessions.count).toBe(0);
});

test("metadata is followed from any controller", async () => {
  const { quorum } = await withBroker();
  await using _ = quorum;
  await quorum
    .channel(1)
    .client(ControllerService)
    .createTopics({ topics: [{ name: "t" }] });
  const feed = quorum.channel(3).client(ControllerService).metadataFeed({ appliedOffset: 0n });
  let offset = 0;
  for await (const { lastOffset } of feed) {
    offset = Number(lastOffset);
    if (offset >= quorum.controller(1).image.offset) break;
  }
  expect(offset).toBe(quorum.controller(3).image.offset);
});
