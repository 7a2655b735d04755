import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Runtime, ServiceTable, SimulatedClock, silentLogger } from "@millrace/runtime";
import { createNodeRuntime, GrpcChannel, GrpcServer, NodeDisk } from "@millrace/runtime-node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Voter } from "../entry.ts";
import { RaftNode } from "../node/raft-node.ts";
import { defaultRaftTiming } from "../node/raft-node-options.ts";
import { readRaftDirectory } from "../storage/read-raft-directory.ts";
import { SegmentedRaftStorage } from "../storage/segmented-raft-storage.ts";
import { TextMachine } from "../testing/text-machine.ts";
import { RpcRaftTransport } from "./rpc-raft-transport.ts";

interface Running {
  readonly self: Voter;
  readonly node: RaftNode;
  readonly machine: TextMachine;
  readonly disk: NodeDisk;
  /** As a process that is killed looks to the others, except that its disk is left in order. */
  kill(): Promise<void>;
}

/**
 * The nodes' time: a tick follows the other after 5 ms instead of 20, so that timeouts are short, and none is made up for
 * when the machine stalls, so that no leader loses its office to that.
 */
let clock: SimulatedClock;
let ticking: NodeJS.Timeout;
const cleanups: (() => Promise<void>)[] = [];
beforeEach(() => {
  clock = new SimulatedClock();
  ticking = setInterval(() => clock.advance(defaultRaftTiming.tickMs), 5);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  clearInterval(ticking);
});

interface Listening {
  readonly self: Voter;
  readonly server: GrpcServer;
  readonly transport: RpcRaftTransport;
  readonly runtime: Runtime;
  readonly errors: readonly unknown[];
}

/** The port is known before the quorum that it is part of. */
async function listen(id: number, port = 0): Promise<Listening> {
  const errors: unknown[] = [];
  const runtime = { ...createNodeRuntime({ onFail: (error) => errors.push(error) }), logger: silentLogger };
  const services = new ServiceTable();
  const member = { id, directoryId: `disk-${id}` };
  const transport = new RpcRaftTransport({
    self: member,
    clusterId: "c1",
    router: services,
    connect: ({ host, port: to }) => {
      const peer = { kind: "role", role: "controller", nodeId: id, clusterId: "c1", address: "" } as const;
      return new GrpcChannel({ host, port: to, peer });
    },
    clock: runtime.clocks.liveness,
    random: runtime.random,
    logger: silentLogger,
  });
  const server = await GrpcServer.listen({ port, services });
  const self = { ...member, endpoint: { host: server.host, port: server.port } };
  return { self, server, transport, runtime, errors };
}

async function start(
  directory: string,
  { self, server, transport, runtime, errors }: Listening,
  bootstrapVoters: readonly Voter[],
): Promise<Running> {
  const disk = await NodeDisk.at(join(directory, `node-${self.id}`));
  const machine = new TextMachine();
  const node = await RaftNode.open({
    self,
    endpoint: self.endpoint,
    bootstrapVoters,
    storage: await SegmentedRaftStorage.open(disk, "raft", { segmentBytes: 4_000 }),
    stateMachine: machine,
    transport,
    runtime: { ...runtime, clocks: { liveness: clock, domain: clock } },
    limits: { snapshotEveryBytes: 20_000, snapshotPieceBytes: 1_000, tailBytesMax: 10_000 },
    timing: { electionTicks: 50 },
  });
  let over: Promise<void> | undefined;
  const kill = async (): Promise<void> => {
    await transport.close();
    await server.close({ graceMs: 0 });
    await node.stop();
    expect(errors).toEqual([]);
  };
  const running: Running = {
    self,
    node,
    machine,
    disk,
    kill: () => {
      over ??= kill();
      return over;
    },
  };
  cleanups.push(running.kill);
  return running;
}

async function leaderOf(nodes: readonly Running[]): Promise<Running> {
  return vi.waitFor(
    () => {
      const leader = nodes.find(({ node }) => node.status.role === "leader");
      expect(leader).toBeDefined();
      return leader!;
    },
    { timeout: 30_000, interval: 5 },
  );
}

const text = (value: string): Uint8Array => Buffer.from(value.padEnd(500));

test("three nodes on real ports and disks survive their leader, and bring one back by snapshot", async () => {
  const directory = await mkdtemp(join(tmpdir(), "millrace-raft-"));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const listening = await Promise.all([1, 2, 3].map((id) => listen(id)));
  const voters = listening.map(({ self }) => self);
  const nodes = await Promise.all(listening.map((one) => start(directory, one, voters)));

  const first = await leaderOf(nodes);
  const expected: string[] = [];
  const propose = async (leader: Running, from: number, count: number): Promise<void> => {
    const values = Array.from({ length: count }, (_, i) => `${from + i}`);
    await Promise.all(values.map((value) => leader.node.propose([text(value)])));
    expected.push(...values);
  };
  await propose(first, 0, 50);
  await first.kill();

  const survivors = nodes.filter((running) => running !== first);
  const second = await leaderOf(survivors);
  // Enough for snapshots, and for a log that no longer goes back to where the first one left.
  for (let from = 50; from < 250; from += 20) await propose(second, from, 20);

  const { id, endpoint } = first.self;
  const back = await start(directory, await listen(id, endpoint.port), voters);
  await propose(second, 250, 10);
  for (const { machine } of [...survivors, back]) {
    await vi.waitFor(() => expect(machine.texts.map((value) => value.trim())).toEqual(expected), {
      timeout: 30_000,
      interval: 5,
    });
  }
  expect(back.machine.restoredAt.at(-1)).toBeGreaterThan(51);

  await Promise.all([...survivors, back].map((running) => running.kill()));
  const ends = await Promise.all(
    [...survivors, back].map(async ({ disk }) => {
      let last: unknown;
      for await (const item of readRaftDirectory(disk, "raft")) {
        if (item.type === "entry" && item.entry.kind === "data") {
          last = { index: item.entry.index, text: Buffer.from(item.entry.payload).toString().trim() };
        }
      }
      return last;
    }),
  );
  expect(ends).toEqual([ends[0], ends[0], ends[0]]);
  expect(ends[0]).toMatchObject({ text: "259" });
});
