import { afterEach, describe, expect, test, vi } from "vitest";
import type { Entry, MemberKey, Voter } from "../entry.ts";
import { anyMember, type Message, type RaftTransport } from "../message.ts";

export interface RaftTransportSuiteNode {
  readonly self: Voter;
  readonly transport: RaftTransport;
  /** Its process is gone: from now on its port refuses. */
  kill(): Promise<void>;
}

export interface RaftTransportSuiteOptions {
  /** Nodes 1 to `count`, which know nothing of each other yet, and listen. */
  readonly make: (count: number) => Promise<readonly RaftTransportSuiteNode[]>;
  /** Another process at the place of `node`, which was killed. */
  readonly restart: (node: RaftTransportSuiteNode) => Promise<RaftTransportSuiteNode>;
}

interface StartedNode extends RaftTransportSuiteNode {
  readonly received: Message[];
  readonly refused: MemberKey[];
}

/** What every `RaftTransport` keeps to. */
export function runRaftTransportSuite(name: string, { make, restart }: RaftTransportSuiteOptions): void {
  describe(`${name} raft transport`, () => {
    const started: StartedNode[] = [];
    afterEach(async () => {
      for (const node of started.splice(0)) {
        await node.transport.close();
        await node.kill();
      }
    });

    const start = (node: RaftTransportSuiteNode): StartedNode => {
      const received: Message[] = [];
      const refused: MemberKey[] = [];
      node.transport.start({
        receive: (message) => received.push(message),
        onRefused: (member) => refused.push(member),
      });
      const all = { ...node, received, refused };
      started.push(all);
      return all;
    };

    /** Started, and each knows the others. */
    const cluster = async (count: number): Promise<readonly StartedNode[]> => {
      const nodes = (await make(count)).map(start);
      for (const node of nodes)
        node.transport.setMembers(nodes.filter((other) => other !== node).map((n) => n.self));
      return nodes;
    };

    test("carries every kind of message as it is", async () => {
      const [a, b] = await cluster(2);
      const sent = everyMessage(a!.self, b!.self);
      a!.transport.send(sent);
      await eventually(() => expect(b!.received.length).toBe(sent.length));
      expect(b!.received.map(plain)).toEqual(sent.map(plain));
    });

    test("carries them in order, in both directions, to each node what is for it", async () => {
      const nodes = await cluster(3);
      for (let token = 0; token < 200; token++) {
        for (const from of nodes) {
          from.transport.send(
            nodes.filter((to) => to !== from).map((to) => readRequest(from.self, to.self, token)),
          );
        }
      }
      for (const node of nodes) {
        await eventually(() => expect(node.received.length).toBe(400));
        for (const from of nodes.filter((other) => other !== node)) {
          const tokens = node.received
            .filter((m) => m.from.id === from.self.id)
            .map((m) => "token" in m && m.token);
          expect(tokens).toEqual(Array.from({ length: 200 }, (_, i) => i));
        }
      }
    });

    test("hands nothing over inside of a call", async () => {
      const [a, b] = await cluster(2);
      a!.transport.send([readRequest(a!.self, b!.self, 1)]);
      a!.transport.contact([b!.self.endpoint], joinRequest(a!.self));
      expect(b!.received).toEqual([]);
      await eventually(() => expect(b!.received.length).toBe(2));
    });

    test("carries large entries, one by one and many together", async () => {
      const [a, b] = await cluster(2);
      const entries = Array.from({ length: 300 }, (_, i): Entry => {
        return { index: i + 1, term: 1 + (i >> 7), kind: "data", payload: Buffer.alloc(10_000, i) };
      });
      const huge: Entry = { index: 301, term: 9, kind: "data", payload: Buffer.alloc(3_000_000, 7) };
      a!.transport.send([appendRequest(a!.self, b!.self, entries), appendRequest(a!.self, b!.self, [huge])]);
      await eventually(() => expect(b!.received.length).toBe(2));
      expect(b!.received.map(plain)).toEqual(
        [appendRequest(a!.self, b!.self, entries), appendRequest(a!.self, b!.self, [huge])].map(plain),
      );
    });

    test("drops what is for nobody that it knows", async () => {
      const [a, b] = await cluster(2);
      a!.transport.send([readRequest(a!.self, { id: 9, directoryId: "disk-9" }, 1)]);
      a!.transport.send([readRequest(a!.self, { ...b!.self, directoryId: "another disk" }, 2)]);
      a!.transport.send([readRequest(a!.self, b!.self, 3)]);
      await eventually(() => expect(b!.received.length).toBe(1));
      expect(b!.received[0]).toMatchObject({ token: 3 });
      expect(a!.refused).toEqual([]);
    });

    test("reaches nodes by address alone, members or not", async () => {
      const nodes = (await make(3)).map(start);
      const [a, b, c] = nodes;
      a!.transport.contact([b!.self.endpoint, c!.self.endpoint], joinRequest(a!.self));
      for (const node of [b, c]) {
        await eventually(() => expect(node!.received).toEqual([joinRequest(a!.self)]));
      }
      const answer: Message = {
        type: "joinResponse",
        from: key(b!.self),
        to: key(a!.self),
        term: 3,
        leader: c!.self,
      };
      b!.transport.contact([a!.self.endpoint], answer);
      await eventually(() => expect(a!.received).toEqual([answer]));
    });

    test("tells when nobody listens at a member's port any more, and reaches who comes back there", async () => {
      const [a, b] = await cluster(2);
      a!.transport.send([readRequest(a!.self, b!.self, 1)]);
      await eventually(() => expect(b!.received.length).toBe(1));
      expect(a!.refused).toEqual([]);
      await b!.kill();
      await eventually(() => {
        a!.transport.send([readRequest(a!.self, b!.self, 2)]);
        expect(a!.refused).toContainEqual(key(b!.self));
      });
      const again = start(await restart(b!));
      await eventually(() => {
        a!.transport.send([readRequest(a!.self, b!.self, 3)]);
        expect(again.received.at(-1)).toMatchObject({ token: 3 });
      });
    });

    test("follows a member that moved", async () => {
      const [a, b, c] = await cluster(3);
      a!.transport.setMembers([{ ...b!.self, endpoint: c!.self.endpoint }]);
      a!.transport.setMembers([b!.self, c!.self]);
      a!.transport.send([readRequest(a!.self, b!.self, 1), readRequest(a!.self, c!.self, 2)]);
      await eventually(() => expect(b!.received.length).toBe(1));
      await eventually(() => expect(c!.received.length).toBe(1));
      a!.transport.setMembers([c!.self]);
      a!.transport.send([readRequest(a!.self, b!.self, 3), readRequest(a!.self, c!.self, 4)]);
      await eventually(() => expect(c!.received.length).toBe(2));
      expect(b!.received.length).toBe(1);
    });

    test("neither sends nor hands over anything once it is closed, and closes twice", async () => {
      const [a, b] = await cluster(2);
      await b!.transport.close();
      await b!.transport.close();
      a!.transport.send([readRequest(a!.self, b!.self, 1)]);
      b!.transport.send([readRequest(b!.self, a!.self, 2)]);
      b!.transport.contact([a!.self.endpoint], joinRequest(b!.self));
      a!.transport.contact([a!.self.endpoint], joinRequest(a!.self));
      await eventually(() => expect(a!.received).toEqual([joinRequest(a!.self)]));
      expect(b!.received).toEqual([]);
    });
  });
}

/** The bound only ends a test that hangs. */
function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000, interval: 5 });
}

function key({ id, directoryId }: MemberKey): MemberKey {
  return { id, directoryId };
}

function readRequest(from: MemberKey, to: MemberKey, token: number): Message {
  return { type: "readIndexRequest", from: key(from), to: key(to), term: 1, token };
}

function joinRequest(from: Voter): Message & { readonly type: "joinRequest" } {
  return { type: "joinRequest", from: key(from), to: anyMember, term: 0, endpoint: from.endpoint };
}

function appendRequest(from: MemberKey, to: MemberKey, entries: readonly Entry[]): Message {
  const previous = { index: (entries[0]?.index ?? 8) - 1, term: 1 };
  return {
    type: "appendRequest",
    from: key(from),
    to: key(to),
    term: 9,
    previous,
    entries,
    commitIndex: 3,
    round: 5,
  };
}

/** Buffers and arrays of bytes compare as equal. */
function plain(message: Message): unknown {
  if (message.type === "appendRequest") {
    return {
      ...message,
      entries: message.entries.map((e) => ({ ...e, payload: Buffer.from(e.payload).toString("hex") })),
    };
  }
  return message.type === "snapshotChunk"
    ? { ...message, bytes: Buffer.from(message.bytes).toString("hex") }
    : message;
}

/** Every kind, with what may be absent both there and not, and numbers up to the largest. */
function everyMessage(a: Voter, b: Voter): readonly Message[] {
  const envelope = { from: key(a), to: key(b), term: Number.MAX_SAFE_INTEGER };
  const last = { index: Number.MAX_SAFE_INTEGER, term: 2 ** 40 };
  const entries: readonly Entry[] = [
    { index: 8, term: 1, kind: "noop", payload: Buffer.alloc(0) },
    { index: 9, term: 1, kind: "data", payload: Buffer.from("x") },
    { index: 10, term: 2, kind: "voters", payload: Buffer.from("voters") },
  ];
  const bytes = Buffer.from("a chunk");
  return [
    { type: "preVoteRequest", ...envelope, last, transfer: false },
    { type: "voteRequest", ...envelope, last: { index: 0, term: 0 }, transfer: true },
    { type: "preVoteResponse", ...envelope, granted: false },
    { type: "voteResponse", ...envelope, granted: true },
    appendRequest(a, b, entries),
    appendRequest(a, b, []),
    { type: "appendResponse", ...envelope, round: 1, accepted: true, lastIndex: 7, hint: undefined },
    { type: "appendResponse", ...envelope, round: 0, accepted: false, lastIndex: 0, hint: last },
    {
      type: "snapshotChunk",
      ...envelope,
      snapshot: { ...last, voters: undefined },
      offset: 0,
      bytes,
      last: false,
      round: 1,
    },
    {
      type: "snapshotChunk",
      ...envelope,
      snapshot: { ...last, voters: [] },
      offset: 7,
      bytes: Buffer.alloc(0),
      last: false,
      round: 1,
    },
    {
      type: "snapshotChunk",
      ...envelope,
      snapshot: { ...last, voters: [a, b] },
      offset: 2 ** 40,
      bytes,
      last: true,
      round: 2,
    },
    { type: "snapshotResponse", ...envelope, snapshot: last, status: "receiving", offset: 5, round: 1 },
    { type: "snapshotResponse", ...envelope, snapshot: last, status: "installed", offset: 0, round: 2 },
    { type: "snapshotResponse", ...envelope, snapshot: last, status: "refused", offset: 0, round: 3 },
    { type: "timeoutNow", ...envelope },
    { type: "readIndexRequest", ...envelope, token: 4 },
    { type: "readIndexResponse", ...envelope, token: 4, index: undefined },
    { type: "readIndexResponse", ...envelope, token: 5, index: 0 },
    { type: "joinRequest", ...envelope, endpoint: a.endpoint },
    { type: "joinResponse", ...envelope, leader: undefined },
    { type: "joinResponse", ...envelope, leader: b },
  ];
}
