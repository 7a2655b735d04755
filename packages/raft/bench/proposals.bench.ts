// Proposals a second through RaftNode, in one process: node packages/raft/bench/proposals.bench.ts
// Payloads of 100 bytes, that many callers who wait for each of theirs; with one voter and with three, whose messages
// are handed over in memory; logs in memory, and on disk with fsync. Prints a line of JSON a case; `cpuUs` is the time
// that the process computed for each proposal, all nodes together. bench/src/raft.bench.ts has three real processes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  MemoryRaftNetwork,
  MemoryRaftStorage,
  RaftNode,
  SegmentedRaftStorage,
  type Voter,
} from "@millrace/raft";
import { createNodeRuntime, NodeDisk } from "@millrace/runtime-node";

const PAYLOAD = [new Uint8Array(100)];
const CASES = [
  { inFlight: 1, proposals: 2_000 },
  { inFlight: 16, proposals: 20_000 },
  { inFlight: 256, proposals: 100_000 },
  { inFlight: 4_096, proposals: 400_000 },
];

const runtime = createNodeRuntime({
  onFail: (error) => {
    throw error;
  },
});
const alive = setInterval(() => {}, 1_000);
const directory = mkdtempSync(join(tmpdir(), "raft-bench-"));
const stateMachine = { apply() {}, async *snapshot() {}, async restore() {} };

async function openNodes(count: number, log: "memory" | "disk"): Promise<readonly RaftNode[]> {
  const network = new MemoryRaftNetwork();
  const voters = Array.from({ length: count }, (_, i): Voter => {
    return { id: i + 1, directoryId: `disk-${i}`, endpoint: { host: "memory", port: i + 1 } };
  });
  const openOne = async (self: Voter): Promise<RaftNode> => {
    const disk = await NodeDisk.at(join(directory, `${count}`, `${self.id}`));
    const storage =
      log === "memory" ? new MemoryRaftStorage() : await SegmentedRaftStorage.open(disk, "raft");
    const transport = network.transport(self);
    return RaftNode.open({ self, bootstrapVoters: voters, storage, stateMachine, transport, runtime });
  };
  return Promise.all(voters.map(openOne));
}

async function measure(node: RaftNode, inFlight: number, proposals: number): Promise<object> {
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  let left = proposals;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await node.propose(PAYLOAD);
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: Math.round(proposals / seconds),
    cpuUs: Math.round(((user + system) / proposals) * 10) / 10,
  };
}

for (const voters of [1, 3]) {
  for (const log of ["memory", "disk"] as const) {
    const nodes = await openNodes(voters, log);
    const leader = await Promise.race(nodes.map((node) => node.untilLeading().then(() => node)));
    await measure(leader, 256, 20_000); // warms up
    for (const { inFlight, proposals } of CASES) {
      const result = await measure(leader, inFlight, log === "disk" ? proposals / 4 : proposals);
      console.log(JSON.stringify({ voters, log, inFlight, ...result }));
    }
    for (const node of nodes) await node.stop();
  }
}
clearInterval(alive);
rmSync(directory, { recursive: true });
