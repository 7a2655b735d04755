import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bindError } from "../net/bind-error.ts";

export interface HttpEndpointOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** What `/metrics` answers; 404 when left out. */
  readonly metrics?: { readonly contentType: string; text(): Promise<string> };
  /** Why the process should be restarted (`/healthz`), undefined when it is well. */
  readonly health: () => string | undefined;
  /** Why it does not take work yet, or any more (`/readyz`), undefined when it does. */
  readonly ready: () => string | undefined;
}

export interface HttpEndpoint {
  readonly host: string;
  readonly port: number;
  /** Ends all connections; those in the middle of an answer too. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

const connectionsMax = 100;
/** For the head, for the whole request, and between two of them. */
const timeoutMs = 5_000;
const headerBytesMax = 8 * 1024;

/** `/metrics`, `/healthz` and `/readyz`. Fails with a `NetworkError` when the address cannot be had. */
export async function createHttpEndpoint(options: HttpEndpointOptions): Promise<HttpEndpoint> {
  // Not by import: that reads every export of the module, and one of them loads undici (20 ms and 6 MB).
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      keepAliveTimeout: timeoutMs,
      connectionsCheckingInterval: timeoutMs,
    },
    (request, response) => {
      void respond(options, request, response);
    },
  );
  server.maxConnections = connectionsMax;
  server.setTimeout(timeoutMs * 2, (socket) => socket.destroy()); // a reader that stopped reading
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    host: options.host,
    port,
    close: () => {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, options: HttpEndpointOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => reject(bindError(options, error));
    server.once("error", refused);
    server.listen(options.port, options.host, () => {
      server.off("error", refused);
      resolve();
    });
  });
}

async function respond(
  options: HttpEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const {
    status,
    body,
    contentType = "text/plain; charset=utf-8",
  } = await answer(options, request).catch(() => failed);
  const headers = {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  };
  response.writeHead(status, status === 405 ? { ...headers, allow: "GET, HEAD" } : headers);
  response.end(request.method === "HEAD" ? undefined : body);
  request.resume(); // a body that nobody asked for
}

async function answer(options: HttpEndpointOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, body: "only GET and HEAD\n" };
  switch (request.url?.split("?")[0]) {
    case "/metrics":
      if (options.metrics === undefined) return notFound;
      return { status: 200, body: await options.metrics.text(), contentType: options.metrics.contentType };
    case "/healthz":
      return condition(options.health);
    case "/readyz":
      return condition(options.ready);
    default:
      return notFound;
  }
}

const failed: Answer = { status: 500, body: "the answer could not be made\n" };
const notFound: Answer = { status: 404, body: "there are /metrics, /healthz and /readyz\n" };

function condition(problemOf: () => string | undefined): Answer {
  const problem = problemOf();
  return problem === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${problem}\n` };
}
