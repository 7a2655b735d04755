import type { MessageInitShape } from "@bufbuild/protobuf";
import { EntryKind, type MessageBatchSchema, RaftService } from "@millrace/proto/raft";
import {
  InProcessNetwork,
  type LogFields,
  type Logger,
  type Peer,
  Pipe,
  ServiceTable,
  SimulatedClock,
  silentLogger,
} from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import type { MemberKey, Voter } from "../entry.ts";
import type { Message } from "../message.ts";
import { encodeBatch } from "./encode-batch.ts";
import { RpcRaftTransport } from "./rpc-raft-transport.ts";

type Batch = MessageInitShape<typeof MessageBatchSchema>;

const voter = (id: number): Voter => ({
  id,
  directoryId: `disk-${id}`,
  endpoint: { host: "node", port: id },
});
const key = ({ id, directoryId }: MemberKey): MemberKey => ({ id, directoryId });
const rolePeer = (nodeId: number, clusterId = "c1", role: "controller" | "broker" = "controller"): Peer => {
  return { kind: "role", role, nodeId, clusterId, address: "" };
};
const message = (from: number, to: number, token: number): Message => {
  return { type: "readIndexRequest", from: key(voter(from)), to: key(voter(to)), term: 1, token };
};

/** Logs of one level are kept, with the errors in them. */
function recordingLogger() {
  const entries: { level: "info" | "error"; fields: LogFields }[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (fields) => entries.push({ level: "info", fields }),
    error: (fields) => entries.push({ level: "error", fields }),
  };
  return { entries, logger };
}

class World {
  readonly clock = new SimulatedClock();
  readonly network = new InProcessNetwork({ clock: this.clock });
  readonly dials: number[] = [];
  /** What the close of a channel waits for. */
  closing: () => Promise<void> = async () => {};

  node(id: number, { clusterId = "c1", directoryId = `disk-${id}` } = {}) {
    const self = { ...voter(id), directoryId };
    const services = new ServiceTable();
    const { entries: logged, logger } = recordingLogger();
    const received: Message[] = [];
    const refused: MemberKey[] = [];
    const transport = new RpcRaftTransport({
      self,
      endpoint: self.endpoint,
      clusterId,
      router: services,
      connect: ({ port }) => {
        this.dials.push(this.clock.monotonicMs());
        const channel = this.network.connect(String(port), { peer: rolePeer(id, clusterId) });
        return {
          client: (service) => channel.client(service),
          close: async () => {
            await this.closing();
            await channel.close();
          },
        };
      },
      clock: this.clock,
      random: { fraction: () => 1, fill: () => {} },
      logger,
      limits: { queueMessagesMax: 10 },
    });
    const listen = () => this.network.listen(String(id), services);
    transport.start({ receive: (m) => received.push(m), onRefused: (m) => refused.push(m) });
    return { self, transport, received, refused, logged, listen };
  }

  /** All that is on its way in this process has arrived. */
  async settle(): Promise<void> {
    for (let i = 0; i < 100; i++) await undefined;
  }

  async pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      await this.settle();
      this.clock.advance(1);
      await this.settle();
    }
  }
}

describe("connecting", () => {
  test("a member that is not there is tried again after longer and longer, when there is something to send", async () => {
    const world = new World();
    const a = world.node(1);
    a.transport.setMembers([voter(2)]);
    for (let i = 0; i < 1_000; i++) {
      a.transport.send([message(1, 2, i)]);
      await world.pass(1);
    }
    expect(world.dials).toEqual([0, 50, 150, 350, 750]);
    expect(a.refused).toEqual(world.dials.map(() => key(voter(2))));
    expect(a.logged.length).toBe(1);
    // What waits by now is worth one more attempt.
    await world.pass(5_000);
    expect(world.dials.length).toBe(6);
  });

  test("one that was there for long is tried again at once, sent to or not", async () => {
    const world = new World();
    const [a, b] = [world.node(1), world.node(2)];
    const listener = b.listen();
    a.transport.setMembers([voter(2)]);
    a.transport.send([message(1, 2, 1)]);
    await world.pass(2_000);
    expect(b.received).toEqual([message(1, 2, 1)]);
    expect(world.dials).toEqual([0]);
    await listener.close({ graceMs: 0 });
    await world.settle();
    expect(world.dials).toEqual([0, 2_000]);
    expect(a.refused).toEqual([key(voter(2))]);
    b.listen();
    a.transport.send([message(1, 2, 2)]);
    await world.pass(50);
    expect(b.received.at(-1)).toEqual(message(1, 2, 2));
  });

  test("a member is answered where it says that it is, whatever was known of it", async () => {
    const world = new World();
    const [a, b] = [world.node(1), world.node(2)];
    a.listen();
    b.listen();
    const formerly = { ...voter(2), endpoint: { host: "node", port: 22 } };
    a.transport.setMembers([formerly]);
    b.transport.setMembers([voter(1)]);
    a.transport.send([message(1, 2, 1)]);
    await world.pass(1);
    expect([b.received, a.refused]).toEqual([[], [key(voter(2))]]);
    b.transport.send([message(2, 1, 2)]);
    await world.pass(1);
    a.transport.send([message(1, 2, 3)]);
    await world.pass(1);
    expect(b.received).toEqual([message(1, 2, 3)]);
    a.transport.setMembers([formerly, voter(3)]);
    a.transport.send([message(1, 2, 4)]);
    await world.pass(1);
    expect(b.received).toEqual([message(1, 2, 3), message(1, 2, 4)]);
  });

  test("closing waits for the channels of members, and of those that were members", async () => {
    const world = new World();
    const a = world.node(1);
    const closes: (() => void)[] = [];
    world.closing = () => new Promise((resolve) => closes.push(resolve));
    for (const id of [2, 3]) world.node(id).listen();
    a.transport.setMembers([voter(2), voter(3)]);
    for (const id of [2, 3]) a.transport.send([message(1, id, 1)]);
    await world.settle();
    a.transport.setMembers([voter(3)]);
    let isClosed = false;
    const closing = a.transport.close().then(() => {
      isClosed = true;
    });
    await world.settle();
    expect([closes.length, isClosed]).toEqual([2, false]);
    closes[0]?.();
    await world.settle();
    expect(isClosed).toBe(false);
    closes[1]?.();
    await closing;
  });

  test("a transport that was closed, or not started, refuses streams though its port is there", async () => {
    const world = new World();
    const [a, b] = [world.node(1), world.node(2)];
    b.listen();
    a.transport.setMembers([voter(2)]);
    a.transport.send([message(1, 2, 1)]);
    await world.pass(2_000);
    await b.transport.close();
    await world.settle();
    a.transport.send([message(1, 2, 2)]);
    await world.pass(2_000);
    expect(b.received.length).toBe(1);
    expect(a.refused).toEqual([]);
  });

  test("a peer that takes the connection and says nothing is given up", async () => {
    const world = new World();
    const services = new ServiceTable();
    services.add(RaftService, {
      async *exchange(_requests, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        yield {};
      },
      contact: async () => ({}),
    });
    world.network.listen("2", services);
    const a = world.node(1);
    a.transport.setMembers([voter(2)]);
    a.transport.send([message(1, 2, 1)]);
    await world.pass(2_500);
    a.transport.send([message(1, 2, 1)]);
    await world.settle();
    expect(world.dials).toEqual([0, 2_500]);
    expect(a.refused).toEqual([]);
  });

  test("a node's next stream ends the one before: what that one still holds is old", async () => {
    const world = new World();
    const b = world.node(2);
    b.listen();
    const open = (tokens: readonly number[]) => {
      const requests = new Pipe<Batch>({ itemsMax: 10 });
      const { from, to } = { from: key(voter(1)), to: key(voter(2)) };
      const send = (token: number) => requests.push(encodeBatch([message(1, 2, token)]));
      requests.push({ hello: { from, to }, ...encodeBatch(tokens.map((token) => message(1, 2, token))) });
      const channel = world.network.connect("2", { peer: rolePeer(1) });
      const answers = channel.client(RaftService).exchange(requests)[Symbol.asyncIterator]();
      return { send, answers };
    };
    const first = open([1]);
    await first.answers.next();
    const ended = first.answers.next();
    const second = open([2]);
    await second.answers.next();
    await world.settle();
    first.send(3);
    second.send(4);
    await world.settle();
    expect(b.received.map((m) => "token" in m && m.token)).toEqual([1, 2, 4]);
    expect(await ended).toMatchObject({ done: true });
    await b.transport.close();
  });

  test("what does not fit into the queue is dropped, the newest first", async () => {
    const world = new World();
    const [a, b] = [world.node(1), world.node(2)];
    b.listen();
    a.transport.setMembers([voter(2)]);
    for (let token = 0; token < 100; token++) a.transport.send([message(1, 2, token)]);
    await world.settle();
    expect(b.received.map((m) => "token" in m && m.token)).toEqual(Array.from({ length: 10 }, (_, i) => i));
  });

  test("a member that is dropped when it is told to be refused is not dialled again", async () => {
    const world = new World();
    const services = new ServiceTable();
    const transport = new RpcRaftTransport({
      self: voter(1),
      clusterId: "c1",
      router: services,
      connect: ({ port }) => {
        world.dials.push(world.clock.monotonicMs());
        return world.network.connect(String(port), { peer: rolePeer(1) });
      },
      clock: world.clock,
      random: { fraction: () => 1, fill: () => {} },
      logger: silentLogger,
    });
    transport.start({ receive: () => {}, onRefused: () => transport.setMembers([]) });
    transport.setMembers([voter(2)]);
    transport.send([message(1, 2, 1)]);
    await world.pass(500);
    transport.send([message(1, 2, 2)]);
    await world.pass(500);
    expect(world.dials).toEqual([0]);
    expect(world.clock.timers).toBe(0);
  });

  test("nothing is left behind by a transport that was closed", async () => {
    const world = new World();
    const [a, b] = [world.node(1), world.node(2)];
    b.listen();
    a.transport.setMembers([voter(2), voter(3)]);
    a.transport.send([message(1, 2, 1), message(1, 3, 1)]);
    await world.pass(10);
    await a.transport.close();
    await world.settle();
    expect(world.clock.timers).toBe(0);
    await world.pass(2_000);
    expect(world.dials.length).toBe(2);
  });
});

describe("who may speak", () => {
  const open = async (peer: Peer, batches: readonly Batch[]) => {
    const world = new World();
    const node = world.node(2);
    node.listen();
    const client = world.network.connect("2", { peer }).client(RaftService);
    const answers = client.exchange(
      (async function* () {
        yield* batches;
        await new Promise(() => {});
      })(),
    );
    let accepted = 0;
    const failed = (async () => {
      for await (const _answer of answers) accepted++;
    })().catch((error: unknown) => error);
    await world.settle();
    return { node, client, failed, accepted: () => accepted };
  };
  const hello = { from: key(voter(1)), to: key(voter(2)) };

  test.each([
    [
      "a client",
      { kind: "client", clientId: "x", address: "" } as Peer,
      hello,
      "CLUSTER_AUTHORIZATION_FAILED",
    ],
    ["a role that has no part in it", rolePeer(1, "c1", "broker"), hello, "CLUSTER_AUTHORIZATION_FAILED"],
    ["a node of another cluster", rolePeer(1, "c2"), hello, "INCONSISTENT_CLUSTER_ID"],
    ["a node that says it is another", rolePeer(3), hello, "CLUSTER_AUTHORIZATION_FAILED"],
    [
      "who means another disk",
      rolePeer(1),
      { ...hello, to: key({ ...voter(2), directoryId: "x" }) },
      "INVALID_VOTER_KEY",
    ],
    ["who does not say who it is", rolePeer(1), undefined, "INVALID_REQUEST"],
  ])("%s is refused", async (_who, peer, from, id) => {
    const batch = { messages: [{ term: 1n, body: { case: "timeoutNow", value: {} } as const }] };
    const { node, client, failed, accepted } = await open(peer, [
      from === undefined ? batch : { ...batch, hello: from },
    ]);
    expect(await failed).toMatchObject({ id });
    expect(accepted()).toBe(0);
    const contact = { ...from, message: { term: 1n, body: { case: "joinResponse", value: {} } as const } };
    await expect(client.contact(contact)).rejects.toMatchObject({ id });
    expect(node.received).toEqual([]);
  });

  const entry = { term: 1n, count: 1 };
  const place = { index: 0n, term: 0n };
  test.each([
    ["a message without a body", { messages: [{ term: 1n }] }],
    [
      "a term too large",
      { messages: [{ term: 2n ** 53n, body: { case: "timeoutNow", value: {} } as const }] },
    ],
    [
      "an entry without payload",
      { messages: [append({ previous: place, kinds: [EntryKind.DATA], terms: [entry] })] },
    ],
    [
      "an entry without term",
      { messages: [append({ previous: place, kinds: [EntryKind.DATA], terms: [] })] },
    ],
    [
      "a term without entries",
      { messages: [append({ previous: place, kinds: [], terms: [{ term: 1n, count: 4_000_000_000 }] })] },
    ],
    [
      "an entry without kind",
      { messages: [append({ previous: place, kinds: [0], terms: [entry] })], payloads: [new Uint8Array(1)] },
    ],
    ["entries without a place", { messages: [append({ kinds: [], terms: [] })] }],
    ["a payload of nothing", { messages: [], payloads: [new Uint8Array(1)] }],
    [
      "a voter without endpoint",
      {
        messages: [
          { term: 1n, body: { case: "joinResponse", value: { leader: { key: hello.to } } } as const },
        ],
      },
    ],
    [
      "an endpoint that is missing",
      { messages: [{ term: 1n, body: { case: "joinRequest", value: {} } as const }] },
    ],
    ...[
      { host: "node", port: 0 },
      { host: "node", port: 70_000 },
      { host: "a b\n\0", port: 1 },
    ].map((endpoint): [string, Batch] => [
      `${JSON.stringify(endpoint)} for an endpoint`,
      { messages: [{ term: 1n, body: { case: "joinRequest", value: { endpoint } } as const }] },
    ]),
    [
      "a status that is missing",
      { messages: [{ term: 1n, body: { case: "snapshotResponse", value: { snapshot: place } } as const }] },
    ],
  ])("%s ends the stream", async (_what, batch: Batch) => {
    const { node, failed, accepted } = await open(rolePeer(1), [{ ...batch, hello } as Batch]);
    expect(await failed).toMatchObject({ id: "INVALID_REQUEST" });
    expect(accepted()).toBe(1);
    expect(node.received).toEqual([]);
  });

  test("a message that is not about joining does not come by address", async () => {
    const { node, client } = await open(rolePeer(1), []);
    const contact = {
      from: hello.from,
      message: { term: 1n, body: { case: "timeoutNow", value: {} } as const },
    };
    await expect(client.contact(contact)).rejects.toMatchObject({ id: "INVALID_REQUEST" });
    expect(node.received).toEqual([]);
  });

  test("being refused is logged once, with the reason, until it is accepted", async () => {
    const world = new World();
    const [a, b] = [world.node(1, { clusterId: "other" }), world.node(2)];
    b.listen();
    a.transport.setMembers([voter(2)]);
    for (let i = 0; i < 20; i++) {
      a.transport.send([message(1, 2, i)]);
      await world.pass(500);
    }
    expect(a.logged).toMatchObject([
      { level: "error", fields: { peer: 2, error: { id: "INCONSISTENT_CLUSTER_ID" } } },
    ]);
    expect(a.refused).toEqual([]);
  });
});

function append(value: {
  previous?: { index: bigint; term: bigint };
  kinds: EntryKind[];
  terms: { term: bigint; count: number }[];
}) {
  return { term: 1n, body: { case: "appendRequest" as const, value } };
}
