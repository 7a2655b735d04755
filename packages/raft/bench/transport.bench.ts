// What raft's gRPC transport does between two processes over loopback: node packages/raft/bench/transport.bench.ts
// A leader sends append requests of 1 KiB entries and a follower answers each one, without raft or disks. Prints a line
// of JSON for each number of entries a request, with requests in flight as a pipelining leader has them; then the time
// from the follower's `kill -9` until its refusal is known. MB are 10^6 bytes of payload.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type Message, RpcRaftTransport, type Voter } from "@millrace/raft";
import { ServiceTable, silentLogger } from "@millrace/runtime";
import { createNodeRuntime, GrpcChannel, GrpcServer } from "@millrace/runtime-node";

const ENTRY_BYTES = 1_024;
const ENTRIES_A_REQUEST = [1, 16, 128, 512];
const IN_FLIGHT = [1, 64];
const WARM_UP_MS = 1_000;
const MEASURED_MS = 3_000;
const RUNS = 3;
const KILLS = 5;

const runtime = createNodeRuntime({
  onFail: (error) => {
    throw error;
  },
});

async function listen(id: number): Promise<{ transport: RpcRaftTransport; self: Voter; server: GrpcServer }> {
  const services = new ServiceTable();
  const member = { id, directoryId: `disk-${id}` };
  const transport = new RpcRaftTransport({
    self: member,
    clusterId: "bench",
    router: services,
    connect: ({ host, port }) => {
      const peer = { kind: "role", role: "controller", nodeId: id, clusterId: "bench", address: "" } as const;
      return new GrpcChannel({ host, port, peer });
    },
    clock: runtime.clocks.liveness,
    random: runtime.random,
    logger: silentLogger,
  });
  const server = await GrpcServer.listen({ port: 0, services });
  return { transport, server, self: { ...member, endpoint: { host: server.host, port: server.port } } };
}

/** The process of the follower. */
async function follow(): Promise<void> {
  const { transport, self } = await listen(2);
  process.once("message", (leader: Voter) => {
    transport.setMembers([leader]);
    transport.start({ receive: (message) => transport.send([answer(message)]), onRefused: () => {} });
    process.send?.("started");
  });
  process.send?.(self);
}

function answer(message: Message): Message {
  if (message.type !== "appendRequest") throw new Error(`unexpected ${message.type}`);
  const { from, to, term, round, previous, entries } = message;
  const lastIndex = previous.index + entries.length;
  return {
    type: "appendResponse",
    from: to,
    to: from,
    term,
    round,
    accepted: true,
    lastIndex,
    hint: undefined,
  };
}

interface Follower {
  readonly process: ChildProcess;
  readonly self: Voter;
}

async function startFollower(leader: Voter): Promise<Follower> {
  const child = fork(import.meta.filename, ["follow"], { execArgv: process.execArgv });
  const [self] = (await once(child, "message")) as [Voter];
  child.send(leader);
  await once(child, "message");
  return { process: child, self };
}

async function main(): Promise<void> {
  const { transport, self, server } = await listen(1);
  let onAnswer: () => void = () => {};
  let onRefused: () => void = () => {};
  transport.start({ receive: () => onAnswer(), onRefused: () => onRefused() });
  const follower = await startFollower(self);
  transport.setMembers([follower.self]);

  const payload = Buffer.alloc(ENTRY_BYTES, "an entry of some length ");
  const requestOf = (count: number): Message => ({
    type: "appendRequest",
    from: { id: self.id, directoryId: self.directoryId },
    to: { id: follower.self.id, directoryId: follower.self.directoryId },
    term: 7,
    previous: { index: 1_000_000, term: 7 },
    entries: Array.from({ length: count }, (_, i) => ({
      index: 1_000_001 + i,
      term: 7,
      kind: "data",
      payload,
    })),
    commitIndex: 1_000_000,
    round: 1,
  });

  /** Requests answered a second. Those that the answers of one turn make room for are sent together. */
  const measure = (count: number, inFlight: number): Promise<number> =>
    new Promise((resolve) => {
      const request = requestOf(count);
      const startedMs = performance.now();
      let answered = 0;
      let open = 0;
      let isFilling = false;
      let measuredFrom: { readonly ms: number; readonly answered: number } | undefined;
      const fill = (): void => {
        isFilling = false;
        const nowMs = performance.now();
        if (measuredFrom === undefined && nowMs - startedMs > WARM_UP_MS)
          measuredFrom = { ms: nowMs, answered };
        if (measuredFrom !== undefined && nowMs - measuredFrom.ms > MEASURED_MS) {
          onAnswer = () => {};
          resolve(((answered - measuredFrom.answered) * 1_000) / (nowMs - measuredFrom.ms));
          return;
        }
        const requests: Message[] = [];
        for (; open < inFlight; open++) requests.push(request);
        transport.send(requests);
      };
      onAnswer = () => {
        answered++;
        open--;
        if (isFilling) return;
        isFilling = true;
        queueMicrotask(fill);
      };
      fill();
    });

  for (const entries of ENTRIES_A_REQUEST) {
    for (const inFlight of IN_FLIGHT) {
      const runs: number[] = [];
      for (let run = 0; run < RUNS; run++) runs.push(await measure(entries, inFlight));
      const requests = median(runs);
      const mb = requests * entries * (ENTRY_BYTES / 1e6);
      const spread = (Math.max(...runs) - Math.min(...runs)) / requests;
      const line = { entriesARequest: entries, inFlight, requestsASecond: Math.round(requests) };
      console.log(JSON.stringify({ ...line, mbASecond: round(mb), spread: round(spread) }));
    }
  }

  follower.process.kill("SIGKILL");
  const refusedMs: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const victim = await startFollower(self);
    transport.setMembers([victim.self]);
    const answered = new Promise<void>((resolve) => {
      onAnswer = resolve;
    });
    transport.send([{ ...requestOf(1), to: victim.self }]);
    await answered;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const startedMs = performance.now();
    const refused = new Promise<void>((resolve) => {
      onRefused = resolve;
    });
    victim.process.kill("SIGKILL");
    await refused;
    refusedMs.push(performance.now() - startedMs);
  }
  console.log(
    JSON.stringify({
      killToRefusedMs: { median: round(median(refusedMs)), max: round(Math.max(...refusedMs)) },
    }),
  );
  await transport.close();
  await server.close({ graceMs: 0 });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

await (process.argv[2] === "follow" ? follow() : main());
