import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createHttpEndpoint, type HttpEndpoint, type HttpEndpointOptions } from "./http-endpoint.ts";

const open: HttpEndpoint[] = [];

afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close();
});

async function start(options: Partial<HttpEndpointOptions> = {}): Promise<HttpEndpoint> {
  const well = (): undefined => undefined;
  const endpoint = await createHttpEndpoint({
    host: "127.0.0.1",
    port: 0,
    health: well,
    ready: well,
    ...options,
  });
  open.push(endpoint);
  return endpoint;
}

async function get(endpoint: HttpEndpoint, path: string, method = "GET") {
  const response = await fetch(`http://${endpoint.host}:${endpoint.port}${path}`, { method });
  return { status: response.status, body: await response.text(), type: response.headers.get("content-type") };
}

describe("createHttpEndpoint", () => {
  test("serves metrics in their own format", async () => {
    const endpoint = await start({
      metrics: { contentType: "text/plain; version=0.0.4", text: async () => "a 1\n" },
    });
    expect(await get(endpoint, "/metrics")).toEqual({
      status: 200,
      body: "a 1\n",
      type: "text/plain; version=0.0.4",
    });
    expect(await get(endpoint, "/metrics?x=1", "HEAD")).toMatchObject({ status: 200, body: "" });
  });

  test("tells whether the node is well and ready, and what is wrong", async () => {
    let problem: string | undefined;
    const endpoint = await start({ ready: () => problem });
    expect(await get(endpoint, "/readyz")).toMatchObject({ status: 200, body: "ok\n" });
    problem = "the metadata log is loading";
    expect(await get(endpoint, "/readyz")).toMatchObject({
      status: 503,
      body: "the metadata log is loading\n",
    });
    expect(await get(endpoint, "/healthz")).toMatchObject({ status: 200 });
  });

  test("answers everything else with an error", async () => {
    const failing = { contentType: "text/plain", text: () => Promise.reject(new Error("internal details")) };
    const endpoint = await start({ metrics: failing });
    expect(await get(endpoint, "/nothing")).toMatchObject({ status: 404 });
    expect(await get(endpoint, "/healthz", "POST")).toMatchObject({ status: 405 });
    const broken = await get(endpoint, "/metrics");
    expect(broken.status).toBe(500);
    expect(broken.body).not.toContain("internal");
    expect(await get(await start(), "/metrics")).toMatchObject({ status: 404 });
    const unwell = await start({
      health: () => {
        throw new Error("a bug");
      },
    });
    expect(await get(unwell, "/healthz")).toMatchObject({ status: 500 });
  });

  test("survives bytes that are no request", async () => {
    const endpoint = await start();
    const socket = connect(endpoint.port, endpoint.host);
    socket.end(Buffer.alloc(20_000, 0xff));
    socket.resume();
    await once(socket, "close");
    expect(await get(endpoint, "/healthz")).toMatchObject({ status: 200 });
  });

  test("closes at once, whoever is still connected", async () => {
    const endpoint = await start({
      metrics: { contentType: "text/plain", text: () => new Promise(() => {}) },
    });
    const idle = connect(endpoint.port, endpoint.host);
    const waiting = connect(endpoint.port, endpoint.host);
    await Promise.all([once(idle, "connect"), once(waiting, "connect")]);
    waiting.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const ended = [idle, waiting].map((socket) => {
      return new Promise((resolve) =>
        socket
          .on("error", () => {})
          .on("close", resolve)
          .resume(),
      );
    });
    await endpoint.close();
    await Promise.all(ended);
  });

  test("says which address it cannot have", async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ name: "NetworkError", reason: "inUse" });
  });
});
