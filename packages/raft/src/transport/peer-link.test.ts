import { type RpcChannel, SeededRandom, SimulatedClock, silentLogger } from "@millrace/runtime";
import { expect, test } from "vitest";
import type { Message } from "../message.ts";
import { PeerLink } from "./peer-link.ts";
import { defaultRaftTransportLimits } from "./rpc-raft-transport.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const self = { id: 1, directoryId: "a" };
const member = { id: 2, directoryId: "b", endpoint: { host: "node", port: 2 } };
const message: Message = { type: "timeoutNow", from: self, to: { id: 2, directoryId: "b" }, term: 1 };

test("a stream that broke takes nothing that waits for the next one", async () => {
  const clock = new SimulatedClock();
  const streams: { requests: AsyncIterator<unknown>; fail: () => void }[] = [];
  const exchange = (requests: AsyncIterable<unknown>) => {
    const broken = Promise.withResolvers<void>();
    streams.push({
      requests: requests[Symbol.asyncIterator](),
      fail: () => broken.reject(new Error("broken")),
    });
    return (async function* () {
      yield {};
      await broken.promise;
    })();
  };
  const channel = { client: () => ({ exchange }), close: async () => {} };
  const link = new PeerLink({
    self,
    member,
    connect: () => channel as unknown as RpcChannel,
    clock,
    random: new SeededRandom(1),
    logger: silentLogger,
    limits: defaultRaftTransportLimits,
    onRefused: () => {},
  });
  link.send(message);
  expect(await streams[0]?.requests.next()).toMatchObject({ value: { messages: [{}] } });
  const late = streams[0]?.requests.next();
  await turn();
  clock.advance(1_000);
  streams[0]?.fail();
  await turn();
  expect(streams.length).toBe(2);
  link.send(message);
  expect(await late).toMatchObject({ done: true });
  expect(await streams[0]?.requests.next()).toMatchObject({ done: true });
  expect(await streams[1]?.requests.next()).toMatchObject({ value: { messages: [{}] } });
  link.close();
  streams[1]?.fail();
});
