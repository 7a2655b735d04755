import { EchoService } from "@millrace/proto/testing";
import { type Peer, ServiceTable } from "@millrace/runtime";
import { GrpcChannel, GrpcServer } from "@millrace/runtime-node";

// What a gRPC connection carries over loopback, both ends in this process (so on one core). By hand, after a
// build: node packages/runtime-node/bench/rpc.bench.ts

const runs = 5;
const peer: Peer = { kind: "client", clientId: "bench", address: "" };
const kib = 1024;

const services = new ServiceTable();
services.add(EchoService, {
  echo: async () => ({}),
  async *generate({ count, payloadSize }) {
    const payload = new Uint8Array(payloadSize);
    for (let index = 0; index < count; index++) yield { index, payload };
  },
  async *converse(requests) {
    let index = 0;
    for await (const _ of requests) index++;
    yield { index };
  },
});

async function unaryPerSecond(service: Service, inFlight: number): Promise<number> {
  const calls = 8_000;
  let left = calls;
  const started = performance.now();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await service.echo({ text: "0123456789" });
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return (calls / (performance.now() - started)) * 1000;
}

async function downPerSecond(service: Service, payloadSize: number, totalBytes: number): Promise<number> {
  const count = Math.ceil(totalBytes / payloadSize);
  const started = performance.now();
  let received = 0;
  for await (const { payload } of service.generate({ count, payloadSize })) received += payload.length;
  return received / 1e6 / ((performance.now() - started) / 1000);
}

async function upPerSecond(service: Service, payloadSize: number, totalBytes: number): Promise<number> {
  const count = Math.ceil(totalBytes / payloadSize);
  const payload = new Uint8Array(payloadSize);
  async function* requests() {
    for (let sent = 0; sent < count; sent++) yield { payload };
  }
  const started = performance.now();
  for await (const _ of service.converse(requests()));
  return (count * payloadSize) / 1e6 / ((performance.now() - started) / 1000);
}

type Service = ReturnType<typeof open>["service"];

function open(server: GrpcServer) {
  const channel = new GrpcChannel({ host: server.host, port: server.port, peer });
  return { channel, service: channel.client(EchoService) };
}

const work: readonly (readonly [string, (service: Service) => Promise<number>])[] = [
  ["unary_1_calls_per_s", (service) => unaryPerSecond(service, 1)],
  ["unary_32_calls_per_s", (service) => unaryPerSecond(service, 32)],
  ["down_1KiB_MB_per_s", (service) => downPerSecond(service, kib, 20e6)],
  ["down_16KiB_MB_per_s", (service) => downPerSecond(service, 16 * kib, 300e6)],
  ["down_1MiB_MB_per_s", (service) => downPerSecond(service, kib * kib, 500e6)],
  ["up_1KiB_MB_per_s", (service) => upPerSecond(service, kib, 20e6)],
  ["up_16KiB_MB_per_s", (service) => upPerSecond(service, 16 * kib, 300e6)],
  ["up_1MiB_MB_per_s", (service) => upPerSecond(service, kib * kib, 500e6)],
];

async function main(): Promise<void> {
  const server = await GrpcServer.listen({ port: 0, services });
  const { channel, service } = open(server);
  const results: Record<string, { median: number; min: number; max: number }> = {};
  for (const [name, measure] of work) {
    const samples: number[] = [];
    for (let run = 0; run < runs; run++) samples.push(Math.round(await measure(service)));
    samples.sort((a, b) => a - b);
    results[name] = { median: samples[runs >> 1]!, min: samples[0]!, max: samples[runs - 1]! };
  }
  await channel.close();
  await server.close();
  console.log(JSON.stringify({ bench: "rpc", node: process.version, results }));
}

void main();
