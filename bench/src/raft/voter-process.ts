// A voter of @millrace/raft for raft.bench.ts: segmented log on a real disk with an fsync a group, gRPC between the
// voters. It prints "leading" when it leads, and for each line "load IN_FLIGHT SECONDS BYTES" on stdin it proposes that
// many at a time from this process and prints one line of JSON.
//
//     voter-process.ts ID DIR ADDRESS_OF_1 ADDRESS_OF_2 ADDRESS_OF_3
import { createInterface } from "node:readline";
import { RaftNode, RpcRaftTransport, SegmentedRaftStorage, type Voter } from "@millrace/raft";
import { ServiceTable } from "@millrace/runtime";
import { createNodeRuntime, GrpcChannel, GrpcServer, NodeDisk } from "@millrace/runtime-node";
import type { VoterFigures } from "./voters.ts";

async function main([idText = "", directory = "", ...addresses]: readonly string[]): Promise<void> {
  const id = Number(idText);
  const voters = addresses.map((address, at): Voter => {
    const [host = "", port] = address.split(":");
    return { id: at + 1, directoryId: `disk-${at + 1}`, endpoint: { host, port: Number(port) } };
  });
  const self = voters.find((voter) => voter.id === id);
  if (self === undefined) throw new Error(`no address for voter ${idText}`);
  const runtime = createNodeRuntime({
    onFail: (error) => {
      throw error;
    },
  });
  const services = new ServiceTable();
  const clusterId = "bench";
  const transport = new RpcRaftTransport({
    self,
    clusterId,
    router: services,
    connect: ({ host, port }) => {
      const peer = { kind: "role", role: "controller", nodeId: id, clusterId, address: "" } as const;
      return new GrpcChannel({ host, port, peer });
    },
    clock: runtime.clocks.liveness,
    random: runtime.random,
    logger: runtime.logger,
  });
  await GrpcServer.listen({ ...self.endpoint, services });
  const node = await RaftNode.open({
    self,
    endpoint: self.endpoint,
    bootstrapVoters: voters,
    storage: await SegmentedRaftStorage.open(await NodeDisk.at(directory), "raft"),
    // Only consensus is measured.
    stateMachine: { apply: () => {}, snapshot: async function* () {}, restore: async () => {} },
    transport,
    runtime,
  });
  node.onRoleChange(({ role }) => {
    if (role === "leader") console.log("leading");
  });
  for await (const line of createInterface(process.stdin)) {
    const [, inFlight, seconds, bytes] = line.split(" ").map(Number);
    console.log(JSON.stringify(await load(node, inFlight ?? 1, seconds ?? 1, bytes ?? 0)));
  }
}

async function load(node: RaftNode, inFlight: number, seconds: number, bytes: number): Promise<VoterFigures> {
  const payload = Buffer.alloc(bytes);
  const latencies: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  const propose = async (): Promise<void> => {
    for (let proposedMs = performance.now(); proposedMs < endMs; ) {
      await node.propose([payload]);
      const committedMs = performance.now();
      latencies.push(committedMs - proposedMs);
      proposedMs = committedMs;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, propose));
  const tookSeconds = (performance.now() - startedMs) / 1_000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { proposalsPerSecond: sorted.length / tookSeconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

await main(process.argv.slice(2));
