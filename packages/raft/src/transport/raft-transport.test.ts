import {
  type Clock,
  InProcessNetwork,
  type Peer,
  type RpcChannel,
  SeededRandom,
  ServiceTable,
  silentLogger,
} from "@millrace/runtime";
import { GrpcChannel, GrpcServer } from "@millrace/runtime-node";
import type { Endpoint, Voter } from "../entry.ts";
import { MemoryRaftNetwork } from "./memory-raft-network.ts";
import { type RaftTransportSuiteNode, runRaftTransportSuite } from "./raft-transport-suite.ts";
import { RpcRaftTransport } from "./rpc-raft-transport.ts";

const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

const voter = (id: number, endpoint: Endpoint): Voter => ({ id, directoryId: `disk-${id}`, endpoint });
const ids = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

const memory = new MemoryRaftNetwork();
const makeInMemory = async (self: Voter): Promise<RaftTransportSuiteNode> => {
  const transport = memory.transport(self);
  return { self, transport, kill: () => transport.close() };
};

runRaftTransportSuite("memory", {
  make: (count) => Promise.all(ids(count).map((id) => makeInMemory(voter(id, { host: "memory", port: id })))),
  restart: ({ self }) => makeInMemory(self),
});

type Connect = (endpoint: Endpoint, peer: Peer) => RpcChannel;

function makeTransport(self: Voter, router: ServiceTable, connect: Connect): RpcRaftTransport {
  const peer: Peer = { kind: "role", role: "controller", nodeId: self.id, clusterId: "c1", address: "" };
  return new RpcRaftTransport({
    self,
    clusterId: "c1",
    router,
    connect: (endpoint) => connect(endpoint, peer),
    clock,
    random: new SeededRandom(self.id),
    logger: silentLogger,
    limits: { reconnectMsMax: 100, acceptMsMax: 30_000 },
  });
}

for (const encode of [false, true]) {
  const network = new InProcessNetwork({ clock, encode, afterTurn: setImmediate });
  const address = ({ host, port }: Endpoint): string => `${host}:${port}`;
  const make = async (self: Voter): Promise<RaftTransportSuiteNode> => {
    const services = new ServiceTable();
    const transport = makeTransport(self, services, (to, peer) => network.connect(address(to), { peer }));
    const listener = network.listen(address(self.endpoint), services);
    return { self, transport, kill: () => listener.close({ graceMs: 0 }) };
  };
  runRaftTransportSuite(encode ? "in process, encoded," : "in process", {
    make: (count) => Promise.all(ids(count).map((id) => make(voter(id, { host: "node", port: id })))),
    restart: ({ self }) => make(self),
  });
}

const makeOverGrpc = async (id: number, port = 0): Promise<RaftTransportSuiteNode> => {
  const services = new ServiceTable();
  // The port is known when the server listens, and by then the table must be complete.
  const endpoint = { host: "127.0.0.1", port };
  const self = voter(id, endpoint);
  const transport = makeTransport(self, services, ({ host, port: to }, peer) => {
    return new GrpcChannel({ host, port: to, peer });
  });
  const server = await GrpcServer.listen({ port, services });
  endpoint.port = server.port;
  return { self, transport, kill: () => server.close({ graceMs: 0 }) };
};

runRaftTransportSuite("gRPC", {
  make: (count) => Promise.all(ids(count).map((id) => makeOverGrpc(id))),
  restart: ({ self }) => makeOverGrpc(self.id, self.endpoint.port),
});
