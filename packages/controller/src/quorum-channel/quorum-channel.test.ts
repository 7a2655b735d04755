import { create } from "@bufbuild/protobuf";
import { ControllerService, MetadataFeedResponseSchema } from "@millrace/proto/controller";
import {
  ApiError,
  InProcessNetwork,
  type NodeAddress,
  RpcUnavailableError,
  type ServiceHandlers,
  ServiceTable,
  SimulatedClock,
} from "@millrace/runtime";
import { expect, test } from "vitest";
import { QuorumChannel } from "./quorum-channel.ts";

type Handlers = ServiceHandlers<typeof ControllerService>;

/** Controllers 1, 2, 3, ... at h1:1, h2:2, ...; undefined: nobody listens there. Who was called is in `called`. */
function quorum(...controllers: (Partial<Handlers> | undefined)[]) {
  const network = new InProcessNetwork({ clock: new SimulatedClock() });
  const called: number[] = [];
  controllers.forEach((handlers, i) => {
    if (handlers === undefined) return;
    const services = new ServiceTable();
    services.add(ControllerService, handlers as Handlers);
    network.listen(`h${i + 1}:${i + 1}`, services);
  });
  const peer = { kind: "role", role: "broker", nodeId: 9, clusterId: "c", address: "test" } as const;
  const addresses = controllers.map((_, i) => ({ host: `h${i + 1}`, port: i + 1 }));
  const channel = new QuorumChannel({
    controllers: addresses,
    connect: ({ host, port }) => {
      const connection = network.connect(`${host}:${port}`, { peer });
      return {
        client: (service) => {
          called.push(port);
          return connection.client(service);
        },
        close: () => connection.close(),
      };
    },
  });
  return { channel, client: channel.client(ControllerService), called, network };
}

const active: Partial<Handlers> = {
  allocateProducerIds: async () => ({ firstProducerId: 7n, count: 1 }),
};
const passive = (servedBy?: NodeAddress): Partial<Handlers> => ({
  allocateProducerIds: async () => {
    throw new ApiError("NOT_CONTROLLER", { servedBy });
  },
});

async function outcomes(client: ReturnType<typeof quorum>["client"], calls: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (let i = 0; i < calls; i++) {
    const answer = client.allocateProducerIds({});
    seen.push(await answer.then(({ firstProducerId }) => firstProducerId).catch(({ id }: ApiError) => id));
  }
  return seen;
}

test("calls go to the next controller after one that is not active or not there, and stay with who answers", async () => {
  const { client, called } = quorum(passive(), undefined, active);
  expect(await outcomes(client, 4)).toEqual(["NOT_CONTROLLER", "NETWORK_EXCEPTION", 7n, 7n]);
  expect(called).toEqual([1, 2, 3, 3]);
});

test("whoever knows the active controller is believed, also of one that no configuration names", async () => {
  const { client, called, channel, network } = quorum(passive({ nodeId: 4, host: "h4", port: 4 }), active);
  const services = new ServiceTable();
  services.add(ControllerService, active as Handlers);
  network.listen("h4:4", services);
  expect(await outcomes(client, 2)).toEqual(["NOT_CONTROLLER", 7n]);
  expect(called).toEqual([1, 4]);
  expect(channel.active).toEqual({ nodeId: 4, host: "h4", port: 4 });
});

test("a pointer to somebody who is gone leads on, not back and forth", async () => {
  const { client, called } = quorum(passive({ nodeId: 2, host: "h2", port: 2 }), undefined, active);
  expect(await outcomes(client, 3)).toEqual(["NOT_CONTROLLER", "NETWORK_EXCEPTION", 7n]);
  expect(called).toEqual([1, 2, 3]);
});

test("a controller that takes itself for the active one and is not is left", async () => {
  const { client, called } = quorum(passive({ nodeId: 1, host: "h1", port: 1 }), active);
  await outcomes(client, 2);
  expect(called).toEqual([1, 2]);
});

test("a refusal of the active controller is an answer, and changes nothing", async () => {
  const refusing: Partial<Handlers> = {
    allocateProducerIds: async () => {
      throw new ApiError("STALE_BROKER_EPOCH");
    },
  };
  const { client, called } = quorum(refusing, active);
  expect(await outcomes(client, 2)).toEqual(["STALE_BROKER_EPOCH", "STALE_BROKER_EPOCH"]);
  expect(called).toEqual([1, 1]);
});

test("calls that fail together move on once", async () => {
  const { client, channel } = quorum(passive(), active, passive());
  await Promise.allSettled([client.allocateProducerIds({}), client.allocateProducerIds({})]);
  expect(channel.active).toEqual({ host: "h2", port: 2 });
});

test("a session that breaks is opened with the next controller", async () => {
  const { client, channel } = quorum(undefined, active);
  const session = client.brokerSession((async function* () {})())[Symbol.asyncIterator]();
  await expect(session.next()).rejects.toBeInstanceOf(RpcUnavailableError);
  expect(channel.active).toEqual({ host: "h2", port: 2 });
});

test("calls that wait for a controller end when its session finds that it does not answer", async () => {
  const { client, channel } = quorum(
    {
      allocateProducerIds: () => new Promise(() => {}),
      async *brokerSession() {
        await new Promise(() => {});
      },
    },
    active,
  );
  const silent = new AbortController();
  const session = client.brokerSession((async function* () {})(), { signal: silent.signal });
  const answer = session[Symbol.asyncIterator]().next();
  const waiting = client.allocateProducerIds({});
  silent.abort(new ApiError("REQUEST_TIMED_OUT"));
  await expect(answer).rejects.toMatchObject({ id: "REQUEST_TIMED_OUT" });
  await expect(waiting).rejects.toMatchObject({ id: "NETWORK_EXCEPTION", isUnsent: false });
  expect(channel.active).toEqual({ host: "h2", port: 2 });
  expect(await outcomes(client, 1)).toEqual([7n]);
});

test("who belongs to another cluster is found out, whichever controller says so", async () => {
  const describing = (error: ApiError): Partial<Handlers> => ({
    describeQuorum: async () => {
      throw error;
    },
  });
  const ours = describing(new ApiError("NOT_CONTROLLER"));
  const foreign = describing(new ApiError("INCONSISTENT_CLUSTER_ID"));
  expect(await quorum(ours, undefined, foreign).channel.refusal()).toMatchObject({
    id: "INCONSISTENT_CLUSTER_ID",
  });
  expect(await quorum(ours, undefined).channel.refusal()).toBeUndefined();
});

test("the feed goes its own way: from any controller, and from another one when it ends or is left for good", async () => {
  const feed = (offset: bigint): Partial<Handlers> => ({
    ...passive(),
    metadataFeed: async function* () {
      yield create(MetadataFeedResponseSchema, { lastOffset: offset });
      await new Promise(() => {});
    },
  });
  const { client, channel } = quorum(feed(1n), undefined, feed(3n));
  const leave = new AbortController();
  const following = client
    .metadataFeed({ appliedOffset: -1n }, { signal: leave.signal })
    [Symbol.asyncIterator]();
  expect((await following.next()).value).toMatchObject({ lastOffset: 1n });
  await outcomes(client, 1);
  expect([channel.feed.port, channel.active.port]).toEqual([1, 2]);

  leave.abort(new ApiError("REQUEST_TIMED_OUT"));
  await expect(following.next()).rejects.toMatchObject({ id: "REQUEST_TIMED_OUT" });
  const refused = client.metadataFeed({ appliedOffset: 1n })[Symbol.asyncIterator]();
  await expect(refused.next()).rejects.toBeInstanceOf(RpcUnavailableError);
  const third = client.metadataFeed({ appliedOffset: 1n })[Symbol.asyncIterator]();
  expect((await third.next()).value).toMatchObject({ lastOffset: 3n });
  await third.return?.();
});
