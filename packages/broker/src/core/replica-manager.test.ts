import { settled } from "@millrace/controller/testing";
import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { TestBroker } from "../../test-support/test-broker.ts";

const topics = [{ name: "orders", partitions: 2 }];

test("a partition whose log cannot be made is offline, the others are not, and it may come back", async () => {
  await using broker = await TestBroker.start();
  const { replicas } = broker.running.broker;
  const create = broker.logs.create.bind(broker.logs);
  broker.logs.create = (options) =>
    options.partition === 1 ? Promise.reject(new ApiError("KAFKA_STORAGE_ERROR")) : create(options);
  await broker.change({ topics });
  expect([replicas.isOffline("orders", 0), replicas.isOffline("orders", 1)]).toEqual([false, true]);
  expect([replicas.get("orders", 0)?.isLeader, replicas.get("orders", 1)]).toEqual([true, undefined]);
  expect(replicas.offlineCount).toBe(1);
  broker.logs.create = create;
  await broker.change({ topics });
  expect([replicas.isOffline("orders", 1), replicas.get("orders", 1)?.isLeader]).toEqual([false, true]);
  expect(replicas.offlineCount).toBe(0);
});

test("the logs of one step are made side by side, sixteen at a time", async () => {
  await using broker = await TestBroker.start();
  const create = broker.logs.create.bind(broker.logs);
  const begun: (() => void)[] = [];
  broker.logs.create = async (options) => {
    await new Promise<void>((resolve) => begun.push(resolve));
    return create(options);
  };
  const changed = broker.change({
    topics: [
      { name: "orders", partitions: 12 },
      { name: "payments", partitions: 12 },
    ],
  });
  await settled();
  expect(begun.length).toBe(16);
  for (const finish of begun.splice(0)) finish();
  await settled();
  expect(begun.length).toBe(8);
  for (const finish of begun) finish();
  await changed;
  const { replicas } = broker.running.broker;
  expect([...replicas.all()].filter(({ isLeader }) => isLeader).length).toBe(24);
});
