import { ControllerService } from "@millrace/proto/controller";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@millrace/proto/health";
import { type CallContext, type RpcChannel, type ServiceHandlers, ServiceTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { Machine } from "../world/machine.ts";
import { World } from "../world/world.ts";
import { SimulatedRpc } from "./simulated-rpc.ts";

const serving = { status: ServingStatus.SERVING };
const never = () => new Promise<never>(() => {});

/** A caller on one machine, and what it calls on another. */
function setup(
  handlers: Partial<ServiceHandlers<typeof Health>>,
  session?: ServiceHandlers<typeof ControllerService>["brokerSession"],
) {
  const world = new World({ seed: 1 });
  const network = new SimulatedNetwork<never>(world, String);
  const rpc = new SimulatedRpc(world, network);
  const [caller, server] = ["caller", "server"].map((name) => {
    network.addHost(name);
    return new Machine(name, world, {});
  }) as [Machine, Machine];
  const process = caller.start();
  const services = new ServiceTable();
  services.add(Health, handlers as ServiceHandlers<typeof Health>);
  if (session !== undefined) {
    services.add(ControllerService, { brokerSession: session } as ServiceHandlers<typeof ControllerService>);
  }
  rpc.serve("server", { process: server.start(), services });
  const peer = { kind: "client", clientId: "test", address: "caller" } as const;
  const clock = caller.clockOf(process);
  const connect = () => rpc.connect({ host: "caller", peer, process, clock }, "server");
  const channel = connect();
  return { world, network, caller, server, connect, channel, health: channel.client(Health) };
}

/** What becomes of it, and when. */
function outcome(world: World, promise: Promise<unknown>): { what?: unknown; atMs?: number } {
  const seen = {};
  const settle = (what: unknown): void => {
    Object.assign(seen, { what, atMs: world.nowMs });
  };
  promise.then(settle, settle);
  return seen;
}

test("a call is answered, with what its handler returns or throws", async () => {
  const { world, health } = setup({ check: async () => serving });
  const answered = outcome(world, health.check({}));
  const unserved = outcome(world, health.watch({})[Symbol.asyncIterator]().next());
  await world.run();
  expect(answered.what).toMatchObject(serving);
  expect(unserved.what).toMatchObject({ id: "UNSUPPORTED_VERSION" });
});

test("a call without an answer times out on its caller's clock, and its handler is told", async () => {
  const told: AbortSignal[] = [];
  const { world, caller, health } = setup({
    check: (_, { signal }) => {
      told.push(signal);
      return never();
    },
  });
  caller.clock.setRate(2);
  const timedOut = outcome(world, health.check({}, { timeoutMs: 400 }));
  await world.run({ untilMs: 199 });
  expect(timedOut).toEqual({});
  const timedOutAsUsual = outcome(world, health.check({}));
  await world.run({ untilMs: 14_000 });
  expect(timedOut).toMatchObject({ what: { id: "REQUEST_TIMED_OUT" }, atMs: 200 });
  expect(told.map(({ aborted }) => aborted)).toEqual([true, false]);
  await world.run({ untilMs: 16_000 });
  expect(timedOutAsUsual.what).toMatchObject({ id: "REQUEST_TIMED_OUT" });
  expect(told.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test("an answer in time stands, though its timeout comes later", async () => {
  const { world, health } = setup({ check: async () => serving });
  const answered = outcome(world, health.check({}, { timeoutMs: 400 }));
  await world.run({ untilMs: 1_000 });
  expect(answered.what).toMatchObject(serving);
  expect(answered.atMs).toBeLessThan(10);
});

test("a process that stalls answers when it goes on", async () => {
  const { world, server, health } = setup({ check: async () => serving });
  server.process?.stall();
  const answered = outcome(world, health.check({}));
  world.after(500, () => server.process?.resume());
  await world.run({ untilMs: 1_000 });
  expect(answered.atMs).toBeGreaterThanOrEqual(500);
});

test("a stream arrives in order, also over a link that is cut for a while", async () => {
  async function* watch() {
    const { UNKNOWN, SERVING, NOT_SERVING } = ServingStatus;
    for (const status of [SERVING, NOT_SERVING, UNKNOWN]) yield { status };
  }
  const { world, network, health } = setup({ watch });
  network.block("server", "caller");
  world.after(700, () => network.unblock("server", "caller"));
  const seen = outcome(world, Array.fromAsync(health.watch({})));
  await world.run({ untilMs: 600 });
  expect(seen).toEqual({});
  await world.run({ untilMs: 1_000 });
  expect(seen.what).toMatchObject([{ status: 1 }, { status: 2 }, { status: 0 }]);
});

test("it breaks when the process at the other end dies, and is refused from then on", async () => {
  const { world, server, health } = setup({ check: never });
  const broken = outcome(world, health.check({}));
  world.after(100, () => server.kill());
  await world.run({ untilMs: 200 });
  expect(broken.what).toMatchObject({ reason: "broken" });
  const refused = outcome(world, health.check({}));
  await world.run({ untilMs: 300 });
  expect(refused.what).toMatchObject({ reason: "refused" });
});

test.each(["without power", "cut off"])("an end that is %s says nothing, and is given up", async (how) => {
  const { world, network, server, health } = setup({ check: never });
  const broken = outcome(world, health.check({}));
  world.after(100, () => {
    if (how === "cut off") network.block("server", "caller");
    else {
      server.cutPower();
      network.powerOff("server");
    }
  });
  await world.run({ untilMs: 1_000 });
  expect(broken).toEqual({});
  await world.run({ untilMs: 5_000 });
  expect(broken.what).toMatchObject({ reason: "broken" });
});

test("a handler hears of a caller that dies, in its signal and in the requests", async () => {
  let context: CallContext | undefined;
  const requestsEnd: unknown[] = [];
  const { world, caller, channel } = setup({}, async function* (requests, given) {
    context = given;
    try {
      for await (const _ of requests) yield {};
    } catch (error) {
      requestsEnd.push(error);
    }
  });
  async function* requests() {
    yield {};
    await never();
  }
  const answers = channel.client(ControllerService).brokerSession(requests())[Symbol.asyncIterator]();
  const first = outcome(world, answers.next());
  await world.run({ untilMs: 100 });
  expect(first.what).toMatchObject({ done: false });
  caller.kill();
  await world.run({ untilMs: 200 });
  expect(context?.signal.aborted).toBe(true);
  expect(requestsEnd).toEqual([context?.signal.reason]);
});

test("a channel that is closed ends its calls", async () => {
  const { world, channel, health } = setup({ check: never });
  const broken = outcome(world, health.check({}));
  await world.run({ untilMs: 100 });
  await channel.close();
  await world.run({ untilMs: 200 });
  expect(broken.what).toMatchObject({ reason: "broken" });
});

test("what a process sent before it died arrives, unless its channel never got through", async () => {
  const arrived: string[] = [];
  const { world, network, caller, channel, connect } = setup({}, async function* (requests) {
    for await (const { request } of requests) {
      if (request.case === "register") arrived.push(request.value.clusterId);
    }
    yield {};
  });
  const open = (from: RpcChannel, clusterId: string): void => {
    async function* requests() {
      yield { request: { case: "register", value: { clusterId } } } as const;
      await never();
    }
    const answers = from.client(ControllerService).brokerSession(requests());
    outcome(world, answers[Symbol.asyncIterator]().next());
  };
  open(channel, "before the cut");
  await world.run({ untilMs: 50 });
  network.block("caller", "server");
  open(channel, "on an open channel");
  open(connect(), "on a new one");
  await world.run({ untilMs: 100 });
  caller.kill();
  await world.run({ untilMs: 200 });
  expect(arrived).toEqual(["before the cut"]);
  network.unblockAll();
  await world.run({ untilMs: 1_000 });
  expect(arrived).toEqual(["before the cut", "on an open channel"]);
});
