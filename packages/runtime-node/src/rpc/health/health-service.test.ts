import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@millrace/proto/health";
import { EchoService } from "@millrace/proto/testing";
import { ServiceTable } from "@millrace/runtime";
import { expect, onTestFinished, test } from "vitest";
import { GrpcChannel } from "../client/grpc-channel.ts";
import { GrpcServer } from "../server/grpc-server.ts";
import { HealthService } from "./health-service.ts";

async function open() {
  const services = new ServiceTable();
  services.add(EchoService, { echo: async () => ({}), async *generate() {}, async *converse() {} });
  const health = new HealthService();
  health.addTo(services);
  const server = await GrpcServer.listen({ port: 0, services });
  const peer = { kind: "client", clientId: "probe", address: "" } as const;
  const channel = new GrpcChannel({ host: server.host, port: server.port, peer });
  onTestFinished(() => server.close());
  onTestFinished(() => channel.close());
  return { health, server, service: channel.client(Health) };
}

test("tells the node and its services apart", async () => {
  const { health, service } = await open();
  expect(await service.check({})).toMatchObject({ status: ServingStatus.NOT_SERVING });
  health.setAll(true);
  health.set(EchoService.typeName, false);
  expect(await service.check({})).toMatchObject({ status: ServingStatus.SERVING });
  expect(await service.check({ service: EchoService.typeName })).toMatchObject({
    status: ServingStatus.NOT_SERVING,
  });
  await expect(service.check({ service: "no.such.Service" })).rejects.toMatchObject({
    id: "RESOURCE_NOT_FOUND",
  });
});

test("sends each change to those who watch", async () => {
  const { health, service } = await open();
  const statuses = service.watch({ service: EchoService.typeName })[Symbol.asyncIterator]();
  expect((await statuses.next()).value?.status).toBe(ServingStatus.NOT_SERVING);
  health.set(EchoService.typeName, true);
  expect((await statuses.next()).value?.status).toBe(ServingStatus.SERVING);
  health.set("", true);
  health.set(EchoService.typeName, false);
  expect((await statuses.next()).value?.status).toBe(ServingStatus.NOT_SERVING);
  await statuses.return?.();
});

test("watches services that are not there, and ends with the server", async () => {
  const { server, service } = await open();
  const statuses = service.watch({ service: "no.such.Service" })[Symbol.asyncIterator]();
  expect((await statuses.next()).value?.status).toBe(ServingStatus.SERVICE_UNKNOWN);
  const next = statuses.next();
  void server.close();
  await expect(next).rejects.toMatchObject({ reason: "broken" });
});
