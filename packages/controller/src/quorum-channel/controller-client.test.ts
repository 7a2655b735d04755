import { ControllerService } from "@millrace/proto/controller";
import {
  ApiError,
  InProcessNetwork,
  type ServiceHandlers,
  ServiceTable,
  SimulatedClock,
} from "@millrace/runtime";
import { expect, test } from "vitest";
import { settled } from "../testing/test-cluster.ts";
import { controllerClient } from "./controller-client.ts";

/** A controller whose answers to allocations of producer ids are `answers`, one after the other. */
function controller(...answers: (ApiError | number)[]) {
  const clock = new SimulatedClock();
  const network = new InProcessNetwork({ clock });
  const services = new ServiceTable();
  let calls = 0;
  services.add(ControllerService, {
    allocateProducerIds: async () => {
      const answer = answers[Math.min(calls++, answers.length - 1)]!;
      if (answer instanceof ApiError) throw answer;
      return { firstProducerId: BigInt(answer), count: 1 };
    },
  } as Partial<ServiceHandlers<typeof ControllerService>> as ServiceHandlers<typeof ControllerService>);
  network.listen("controller", services);
  const peer = { kind: "role", role: "broker", nodeId: 1, clusterId: "c", address: "test" } as const;
  const client = controllerClient(network.connect("controller", { peer }), clock);
  return { client, clock, calls: () => calls };
}

test("asks again while no controller is active", async () => {
  const { client, clock, calls } = controller(
    new ApiError("NOT_CONTROLLER"),
    new ApiError("NOT_CONTROLLER"),
    7,
  );
  const answer = client.allocateProducerIds({});
  for (let step = 0; step < 4; step++) {
    await settled();
    clock.advance(50);
  }
  expect((await answer).firstProducerId).toBe(7n);
  expect(calls()).toBe(3);
});

test("goes at once where it is pointed to, and only once without a pause", async () => {
  const servedBy = { nodeId: 2, host: "h", port: 1 };
  const elsewhere = new ApiError("NOT_CONTROLLER", { servedBy });
  const { client, clock, calls } = controller(elsewhere, elsewhere, 7);
  const answer = client.allocateProducerIds({});
  await settled();
  expect(calls()).toBe(2);
  clock.advance(50);
  expect((await answer).firstProducerId).toBe(7n);
});

test("asks again when a connection is lost with the call on its way, here or behind whoever forwarded it", async () => {
  const { client, calls } = controller(new ApiError("NETWORK_EXCEPTION"), 7);
  expect((await client.allocateProducerIds({})).firstProducerId).toBe(7n);
  expect(calls()).toBe(2);
});

test("gives up after five seconds", async () => {
  const { client, clock } = controller(new ApiError("NOT_CONTROLLER"));
  const answer = client.allocateProducerIds({}).catch((error: unknown) => error);
  for (let step = 0; step < 110; step++) {
    await settled();
    clock.advance(50);
  }
  expect(await answer).toMatchObject({ id: "NOT_CONTROLLER" });
});

test("does not repeat what was decided", async () => {
  const { client, calls } = controller(new ApiError("STALE_BROKER_EPOCH"));
  await expect(client.allocateProducerIds({})).rejects.toMatchObject({ id: "STALE_BROKER_EPOCH" });
  expect(calls()).toBe(1);
});
