import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { credentials, Client as GrpcClient, type ServiceError } from "@grpc/grpc-js";
import {
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "@millrace/proto/health";
import { ServerReflectionRequestSchema, ServerReflectionResponseSchema } from "@millrace/proto/reflection/v1";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MillraceProcess, temporaryDirectory } from "../harness/index.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let node: MillraceProcess;
let grpc: GrpcClient;
beforeAll(async () => {
  directory = await temporaryDirectory();
  node = await MillraceProcess.start({ dataDir: directory.path });
  grpc = new GrpcClient(node.grpc, credentials.createInsecure());
});
afterAll(async () => {
  grpc?.close();
  await node?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

test.each(["/healthz", "/readyz"])("%s answers", async (path) => {
  expect((await fetch(`http://${node.http}${path}`)).status).toBe(200);
});

test("/metrics is what Prometheus reads", async () => {
  const response = await fetch(`http://${node.http}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines.filter((line) => !/^[a-z_:][\w:]*(\{.*\})? \S+$/i.test(line))).toEqual([]);
  expect(lines.some((line) => line.startsWith("millrace_"))).toBe(true);
});

test("another path is not found", async () => {
  expect((await fetch(`http://${node.http}/no-such-path`)).status).toBe(404);
});

test("gRPC's health check says SERVING", async () => {
  const response = await new Promise<Buffer>((resolve, reject) => {
    grpc.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (request: Uint8Array) => Buffer.from(request),
      (bytes: Buffer) => bytes,
      toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema)),
      (error: ServiceError | null, bytes?: Buffer) => (bytes === undefined ? reject(error) : resolve(bytes)),
    );
  });
  expect(fromBinary(HealthCheckResponseSchema, response).status).toBe(
    HealthCheckResponse_ServingStatus.SERVING,
  );
});

test("gRPC's reflection lists the services", async () => {
  const stream = grpc.makeBidiStreamRequest(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    (request: Uint8Array) => Buffer.from(request),
    (bytes: Buffer) => bytes,
  );
  const request = create(ServerReflectionRequestSchema, {
    messageRequest: { case: "listServices", value: "" },
  });
  stream.write(toBinary(ServerReflectionRequestSchema, request));
  stream.end();
  const [bytes] = (await stream.toArray()) as Buffer[];
  const { messageResponse } = fromBinary(ServerReflectionResponseSchema, bytes ?? Buffer.alloc(0));
  if (messageResponse.case !== "listServicesResponse") throw new Error(`got ${messageResponse.case}`);
  expect(messageResponse.value.service.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["grpc.health.v1.Health", "millrace.broker.v1.BrokerService"]),
  );
});

test("everything binds to 127.0.0.1 only", () => {
  const ports = [node.kafka, node.grpc, node.http].map((address) => Number(address.split(":")[1]));
  const LISTEN = "0A";
  const bound = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === LISTEN)
      .map(([, local = ""]) => local.split(":"))
      .filter(([, port = ""]) => ports.includes(Number.parseInt(port, 16)))
      .map(([address]) => address),
  );
  // 127.0.0.1, as the kernel prints it.
  expect(bound).toEqual(["0100007F", "0100007F", "0100007F"]);
});
