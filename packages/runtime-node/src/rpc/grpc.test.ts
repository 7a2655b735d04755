import { connect, createServer } from "node:net";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { EchoService } from "@millrace/proto/testing";
import { type Peer, type ServiceHandlers, ServiceTable } from "@millrace/runtime";
import { expect, onTestFinished, test } from "vitest";
import { GrpcChannel } from "./client/grpc-channel.ts";
import { dial } from "./client/reachability.ts";
import { GrpcServer } from "./server/grpc-server.ts";

// What only the gRPC transport can get wrong; all it shares with the in-process one is in conformance.test.ts.

const peer: Peer = { kind: "client", clientId: "tests", address: "" };

async function serve(handlers: Partial<ServiceHandlers<typeof EchoService>> = {}, port = 0) {
  const services = new ServiceTable();
  services.add(EchoService, {
    echo: async ({ text }) => ({ text }),
    async *generate() {},
    async *converse() {},
    ...handlers,
  });
  const server = await GrpcServer.listen({ port, services });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return server;
}

function open(port: number, host = "127.0.0.1") {
  const channel = new GrpcChannel({ host, port, peer });
  onTestFinished(() => channel.close());
  return channel.client(EchoService);
}

/** A call as a client of another make would send it. */
function foreignCall(port: number, path: string, body: Buffer, metadata = new Metadata()) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return new Promise<ServiceError | Buffer>((resolve) => {
    const asIs = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest(path, asIs, asIs, body, metadata, {}, (error, response) =>
      resolve(error ?? (response as Buffer)),
    );
  });
}

const echoPath = "/millrace.testing.v1.EchoService/Echo";

test("an address in use is named", async () => {
  const { port } = await serve();
  await expect(serve({}, port)).rejects.toMatchObject({
    name: "NetworkError",
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});

test("bytes that are no message are refused, and the server goes on", async () => {
  const { port } = await serve();
  const answer = await foreignCall(port, echoPath, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
  expect(answer).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect((await open(port).echo({ text: "still here" })).text).toBe("still here");
});

test("bytes that are no HTTP/2 end their connection only", async () => {
  const { port } = await serve();
  const ended = new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write("GET / HTTP/1.1\r\n\r\n"));
    socket.on("error", () => {}).on("close", resolve);
    socket.resume();
  });
  await ended;
  expect((await open(port).echo({ text: "still here" })).text).toBe("still here");
});

test("a message without end is cut off at the limit", async () => {
  const services = new ServiceTable();
  services.add(EchoService, { echo: async () => ({}), async *generate() {}, async *converse() {} });
  const server = await GrpcServer.listen({ port: 0, services, limits: { messageBytesMax: 1_000 } });
  onTestFinished(() => server.close());
  const answer = await foreignCall(server.port, echoPath, Buffer.alloc(10_000));
  expect(answer).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
});

test("half an identity makes nobody a role", async () => {
  const peers: Peer[] = [];
  const { port } = await serve({
    echo: async (_request, context) => {
      peers.push(context.peer);
      return {};
    },
  });
  const claims = [
    { "millrace-role": "controller" },
    { "millrace-role": "root", "millrace-node-id": "1", "millrace-cluster-id": "c" },
    { "millrace-role": "broker", "millrace-node-id": "-1", "millrace-cluster-id": "c" },
    { "millrace-role": "broker", "millrace-node-id": "1e3", "millrace-cluster-id": "c" },
    { "millrace-client-id": "%" },
  ];
  for (const claim of claims) {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(claim)) metadata.set(key, value as string);
    expect(await foreignCall(port, echoPath, Buffer.alloc(0), metadata)).toHaveLength(0);
  }
  expect(peers.map(({ kind }) => kind)).toEqual(claims.map(() => "client"));
  expect(peers.at(-1)).toMatchObject({ clientId: "%", address: "127.0.0.1" });
});

test("a channel finds a node again that comes back on its port", async () => {
  const first = await serve();
  const service = open(first.port);
  await service.echo({});
  await first.close();
  await expect(service.echo({})).rejects.toMatchObject({ reason: "refused" });
  await serve({}, first.port);
  // The transport dials again by itself; until then calls keep failing fast.
  for (;;) {
    try {
      expect((await service.echo({ text: "back" })).text).toBe("back");
      return;
    } catch (error) {
      // Whatever the address answers by now: this call never left, and may be made again.
      expect(error).toMatchObject({ id: "NETWORK_EXCEPTION", isUnsent: true });
    }
  }
});

test("a peer that drops the connection is broken, not refused", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as { port: number };
  await expect(open(port).echo({})).rejects.toMatchObject({ reason: "broken" });
});

test("IPv6 addresses are served and called", async () => {
  const services = new ServiceTable();
  services.add(EchoService, {
    echo: async ({ text }) => ({ text }),
    async *generate() {},
    async *converse() {},
  });
  const server = await GrpcServer.listen({ host: "::1", port: 0, services });
  onTestFinished(() => server.close());
  expect((await open(server.port, "::1").echo({ text: "six" })).text).toBe("six");
});

test.each([
  ["127.0.0.1", 70_000],
  ["127.0.0.1", 0],
  ["127.0.0.1", -1],
  ["127.0.0.1", Number.NaN],
  ["", 1],
  ["a b\n\0", 1],
])("calls to %j, port %d, fail like those to a node that does not answer", async (host, port) => {
  const service = open(port, host);
  const unreachable = { id: "NETWORK_EXCEPTION", reason: "timeout", isUnsent: true };
  await expect(service.echo({})).rejects.toMatchObject(unreachable);
  await expect(service.generate({})[Symbol.asyncIterator]().next()).rejects.toMatchObject(unreachable);
});

test.each([70_000, -1, Number.NaN])("dialling port %d finds nobody", async (port) => {
  expect(await dial("127.0.0.1", port)).toBe("timeout");
});

test("nothing stays open behind a server and its callers", async () => {
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length;
  const before = sockets();
  const services = new ServiceTable();
  const forever = async function* () {
    for (;;) yield {};
  };
  services.add(EchoService, { echo: async () => ({}), generate: forever, converse: forever });
  const server = await GrpcServer.listen({ port: 0, services });
  const channel = new GrpcChannel({ host: server.host, port: server.port, peer });
  const service = channel.client(EchoService);
  await service.echo({});
  for await (const _ of service.generate({})) break;
  const left = service.converse(forever())[Symbol.asyncIterator]();
  await left.next();
  expect(sockets()).toBeGreaterThan(before);
  await Promise.all([server.close(), channel.close()]);
  while (sockets() > before) await new Promise((resolve) => setImmediate(resolve));
  while (!(await left.next().catch(() => ({ done: false }))).done);
});
