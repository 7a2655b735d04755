import { create } from "@bufbuild/protobuf";
import { EchoRequestSchema, EchoService } from "@millrace/proto/testing";
import {
  ApiError,
  type Clock,
  InProcessNetwork,
  type Logger,
  type Peer,
  type RpcChannel,
  type RpcLimits,
  RpcUnavailableError,
  requireRole,
  type ServiceHandlers,
  ServiceTable,
  silentLogger,
} from "@millrace/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { GrpcChannel } from "./client/grpc-channel.ts";
import { GrpcServer } from "./server/grpc-server.ts";

type EchoHandlers = ServiceHandlers<typeof EchoService>;

interface Served {
  connect(peer: Peer): RpcChannel;
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

interface ServeOptions {
  readonly limits?: Partial<RpcLimits>;
  readonly logger?: Logger;
}

type Serve = (services: ServiceTable, options?: ServeOptions) => Promise<Served>;

const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

function inProcess(encode: boolean): Serve {
  return async (services, { limits = {}, logger = silentLogger } = {}) => {
    const network = new InProcessNetwork({ clock: realClock, encode, limits, afterTurn: setImmediate });
    const listener = network.listen("node:1", services, { logger });
    return {
      connect: (peer) => network.connect("node:1", { peer }),
      close: (options) => listener.close(options),
    };
  };
}

const grpc: Serve = async (services, { limits = {}, logger = silentLogger } = {}) => {
  const server = await GrpcServer.listen({ port: 0, services, limits, logger });
  return {
    connect: (peer) => new GrpcChannel({ host: server.host, port: server.port, peer, limits }),
    close: (options) => server.close(options),
  };
};

const client: Peer = { kind: "client", clientId: "tästs", address: "" };
const broker: Peer = { kind: "role", role: "broker", nodeId: 3, clusterId: "c1", address: "" };

/** Answers what it is asked. Tests replace what they are about. */
const echo: EchoHandlers = {
  echo: async ({ text, payload, notes }) => ({ text, payload, notes }),
  async *generate({ count, payloadSize }) {
    const payload = new Uint8Array(payloadSize);
    for (let index = 0; count === 0 || index < count; index++) yield { index, payload };
  },
  async *converse(requests) {
    let index = 0;
    for await (const { text, payload } of requests) yield { text, payload, index: index++ };
  },
};

describe.each([
  ["in process", inProcess(false)],
  ["in process, encoded", inProcess(true)],
  ["grpc", grpc],
] as const)("RPC %s", (name, serve) => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function open(
    handlers: Partial<EchoHandlers> = {},
    options?: ServeOptions & { readonly peer?: Peer },
  ) {
    const services = new ServiceTable();
    services.add(EchoService, { ...echo, ...handlers });
    const served = await serve(services, options);
    const channel = served.connect(options?.peer ?? client);
    cleanups.push(() => served.close({ graceMs: 0 }));
    cleanups.push(() => channel.close());
    return { served, channel, service: channel.client(EchoService) };
  }

  describe("unary calls", () => {
    test("answer", async () => {
      const { service } = await open();
      const response = await service.echo({ text: "hej", notes: { a: { lines: ["x", "y"] } } });
      expect(response.text).toBe("hej");
      expect(response.notes.a?.lines).toEqual(["x", "y"]);
      expect(response.payload).toHaveLength(0);
    });

    test("fail with the handler's error, its code and detail", async () => {
      const { service } = await open({
        echo: async () => {
          throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION", {
            detail: "no topic 'ö', 100 %",
            cause: "secret",
          });
        },
      });
      const error = await failure(service.echo({}));
      expect(error).toMatchObject({
        id: "UNKNOWN_TOPIC_OR_PARTITION",
        code: 3,
        detail: "no topic 'ö', 100 %",
      });
      expect((error as Error).cause).toBeUndefined();
    });

    test.each(["127.0.0.1", "::1"])("say who serves it instead, at %s", async (host) => {
      const servedBy = { nodeId: 3, host, port: 19_092 };
      const { service } = await open({
        echo: async () => {
          throw new ApiError("NOT_CONTROLLER", { servedBy });
        },
      });
      expect(await failure(service.echo({}))).toMatchObject({ id: "NOT_CONTROLLER", servedBy });
    });

    test("hide and log what nobody expects", async () => {
      const logged: unknown[] = [];
      const logger: Logger = { ...silentLogger, error: (fields) => logged.push(fields.error) };
      const bug = new TypeError("x is not a function");
      const { service } = await open({ echo: () => Promise.reject(bug) }, { logger });
      const error = await failure(service.echo({}));
      expect(error).toMatchObject({ id: "UNKNOWN_SERVER_ERROR" });
      expect((error as ApiError).detail).not.toContain("function");
      expect(logged).toEqual([bug]);
    });

    test("run into their deadline on both sides", async () => {
      const handler = aborted();
      const { service } = await open({ echo: (_request, { signal }) => handler.waitFor(signal) });
      expect(await failure(service.echo({}, { timeoutMs: 30 }))).toMatchObject({ id: "REQUEST_TIMED_OUT" });
      // Over the wire the caller's cancellation may overtake the handler's own clock.
      expect(["TimeoutError", "AbortError"]).toContain(((await handler.reason) as DOMException).name);
    });

    test("are cancelled on both sides", async () => {
      const handler = aborted();
      const { service } = await open({ echo: (_request, { signal }) => handler.waitFor(signal) });
      const cancel = new AbortController();
      const call = failure(service.echo({}, { signal: cancel.signal }));
      await handler.started;
      cancel.abort("changed my mind");
      expect(await call).toBe("changed my mind");
      expect(await handler.reason).toMatchObject({ name: "AbortError" });
    });

    test("do not start with an aborted signal", async () => {
      let called = false;
      const { service } = await open({
        echo: async () => {
          called = true;
          return {};
        },
      });
      expect(await failure(service.echo({}, { signal: AbortSignal.abort("late") }))).toBe("late");
      await service.echo({}).catch(() => {});
      expect(called).toBe(true);
    });

    test("are never handled inside the call", async () => {
      let handled = false;
      const { service } = await open({
        echo: async () => {
          handled = true;
          return {};
        },
      });
      const call = service.echo({});
      expect(handled).toBe(false);
      await call;
      expect(handled).toBe(true);
    });

    test("carry megabytes, up to the limit", async () => {
      const { service } = await open({}, { limits: { messageBytesMax: 3_000_000 } });
      const payload = new Uint8Array(2_999_000).fill(7);
      expect(Buffer.compare((await service.echo({ payload })).payload, payload)).toBe(0);
      const tooLarge = service.echo({ payload: new Uint8Array(3_000_001) });
      expect(await failure(tooLarge)).toMatchObject({ id: "MESSAGE_TOO_LARGE" });
    });

    test("refuse responses above the limit", async () => {
      const { service } = await open(
        { echo: async () => ({ payload: new Uint8Array(10_001) }) },
        { limits: { messageBytesMax: 10_000 } },
      );
      expect(await failure(service.echo({}))).toMatchObject({ id: "MESSAGE_TOO_LARGE" });
    });

    test("are refused beyond the channel's limit, and possible again after", async () => {
      const gate = Promise.withResolvers<void>();
      const { service } = await open(
        { echo: () => gate.promise.then(() => ({})) },
        { limits: { callsMax: 2 } },
      );
      const calls = [service.echo({}), service.echo({})];
      expect(await failure(service.echo({}))).toMatchObject({ id: "THROTTLING_QUOTA_EXCEEDED" });
      gate.resolve();
      await Promise.all(calls);
      await service.echo({});
    });

    test("hand nothing over that the other side could change", async () => {
      const { service } = await open({
        echo: async ({ notes }) => {
          const mine = notes.a as { lines: string[] };
          if (Object.isFrozen(mine.lines)) expect(() => mine.lines.push("mine")).toThrow(TypeError);
          else mine.lines.push("mine");
          return { text: mine.lines.join() };
        },
      });
      const request = create(EchoRequestSchema, { notes: { a: { lines: ["x"] } } });
      const { text } = await service.echo(request);
      expect(text).toBe(name === "grpc" ? "x,mine" : "x");
      expect(request.notes.a?.lines).toEqual(["x"]);
    });
  });

  describe("server streams", () => {
    test("end after their last message", async () => {
      const { service } = await open();
      expect(await indexes(service.generate({ count: 40 }))).toEqual([...Array(40).keys()]);
    });

    test("tell the handler when the reader leaves early", async () => {
      const ended = Promise.withResolvers<unknown>();
      const { service } = await open({
        async *generate(_request, { signal }) {
          try {
            for (let index = 0; ; index++) yield { index };
          } finally {
            ended.resolve(signal.reason);
          }
        },
      });
      for await (const { index } of service.generate({})) if (index === 5) break;
      expect(await ended.promise).toMatchObject({ name: "AbortError" });
    });

    test("open with the first read only, and close unopened", async () => {
      let opened = 0;
      const { service } = await open({
        async *generate() {
          opened++;
          yield {};
        },
      });
      const unread = service.generate({})[Symbol.asyncIterator]();
      await unread.return?.();
      expect(await unread.next()).toEqual({ done: true, value: undefined });
      await indexes(service.generate({}));
      expect(opened).toBe(1);
    });

    test("hold the producer back while the reader is slow", async () => {
      let produced = 0;
      const stopped = Promise.withResolvers<void>();
      const { service } = await open(
        {
          async *generate({ payloadSize }, { signal }) {
            signal.addEventListener("abort", () => stopped.resolve());
            for (;;) {
              produced++;
              yield { payload: new Uint8Array(payloadSize) };
            }
          },
        },
        { limits: { streamMessagesMax: 4, streamBytesMax: 4 * 65_536 } },
      );
      const reader = service.generate({ payloadSize: 1_000_000 })[Symbol.asyncIterator]();
      await reader.next();
      await settled(() => produced);
      // Both sides' bounds and what the sockets in between take, far from what could have been produced.
      expect(produced).toBeLessThan(30);
      const before = produced;
      for (let read = 0; read < 40; read++) await reader.next();
      expect(produced).toBeGreaterThan(before);
      await reader.return?.();
      await stopped.promise;
    });

    test("that never wait leave room for timers", async () => {
      const { service } = await open();
      const cancel = new AbortController();
      setTimeout(() => cancel.abort("enough"), 5);
      expect(await failure(indexes(service.generate({ count: 0 }, { signal: cancel.signal })))).toBe(
        "enough",
      );
    });

    test.each([0, 1, 20])("pass on an error that comes after %i messages", async (count) => {
      const { service } = await open({
        async *generate() {
          for (let index = 0; index < count; index++) yield { index };
          throw new ApiError("NOT_LEADER_OR_FOLLOWER");
        },
      });
      const seen: number[] = [];
      const reading = (async () => {
        for await (const { index } of service.generate({})) seen.push(index);
      })();
      expect(await failure(reading)).toMatchObject({ id: "NOT_LEADER_OR_FOLLOWER" });
      expect(seen).toHaveLength(count);
    });

    test("are cancelled by a signal, with its reason", async () => {
      const handler = aborted();
      const { service } = await open({
        async *generate(_request, { signal }) {
          yield { index: 0 };
          await handler.waitFor(signal);
        },
      });
      const cancel = new AbortController();
      const reader = service.generate({}, { signal: cancel.signal })[Symbol.asyncIterator]();
      await reader.next();
      const next = failure(reader.next());
      await handler.started;
      cancel.abort(new Error("enough"));
      expect(await next).toMatchObject({ message: "enough" });
      expect(await handler.reason).toMatchObject({ name: "AbortError" });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
    });
  });

  describe("bidirectional streams", () => {
    test("echo what is written, while it is written", async () => {
      const { service } = await open();
      const asked = Promise.withResolvers<void>();
      async function* requests() {
        yield { text: "a" };
        await asked.promise;
        yield { text: "b" };
      }
      const responses = service.converse(requests())[Symbol.asyncIterator]();
      expect((await responses.next()).value?.text).toBe("a");
      asked.resolve();
      expect((await responses.next()).value?.text).toBe("b");
      expect((await responses.next()).done).toBe(true);
    });

    test("keep a thousand messages in order", async () => {
      const { service } = await open();
      async function* requests() {
        for (let index = 0; index < 1_000; index++) yield { text: String(index) };
      }
      const texts: string[] = [];
      for await (const { text } of service.converse(requests())) texts.push(text);
      expect(texts).toEqual([...Array(1_000).keys()].map(String));
    });

    test("hold the caller back while the handler is slow", async () => {
      const gate = Promise.withResolvers<void>();
      const { service } = await open(
        {
          // biome-ignore lint/correctness/useYield: it only reads
          async *converse(requests) {
            await gate.promise;
            for await (const _ of requests);
          },
        },
        { limits: { streamMessagesMax: 4, streamBytesMax: 4 * 65_536 } },
      );
      let written = 0;
      async function* requests() {
        for (; written < 60; written++) yield { payload: new Uint8Array(1_000_000) };
      }
      const reading = indexes(service.converse(requests()));
      await settled(() => written);
      expect(written).toBeLessThan(30);
      gate.resolve();
      await reading;
      expect(written).toBe(60);
    });

    test("let go of the requests when the handler ends first", async () => {
      const released = Promise.withResolvers<void>();
      const { service } = await open({
        async *converse(requests) {
          for await (const { text } of requests) {
            yield { text };
            return;
          }
        },
      });
      async function* requests() {
        try {
          for (;;) yield { text: "again" };
        } finally {
          released.resolve();
        }
      }
      expect(await indexes(service.converse(requests()))).toHaveLength(1);
      await released.promise;
    });

    test("fail with what the caller's own requests throw, and cancel the handler", async () => {
      const handler = aborted();
      const { service } = await open({
        // biome-ignore lint/correctness/useYield: it only waits
        async *converse(_requests, { signal }) {
          await handler.waitFor(signal);
        },
      });
      // biome-ignore lint/correctness/useYield: it fails first
      async function* requests() {
        await handler.started;
        throw new RangeError("no more");
      }
      expect(await failure(indexes(service.converse(requests())))).toMatchObject({ message: "no more" });
      expect(await handler.reason).toMatchObject({ name: "AbortError" });
    });

    test("fail the handler's requests when the caller goes away", async () => {
      const seen = Promise.withResolvers<unknown>();
      const { service } = await open({
        async *converse(requests) {
          try {
            for await (const { text } of requests) yield { text };
          } catch (error) {
            seen.resolve(error);
            throw error;
          }
        },
      });
      async function* requests() {
        yield { text: "only" };
        await new Promise(() => {});
      }
      for await (const _ of service.converse(requests())) break;
      expect(await seen.promise).toMatchObject({ name: "AbortError" });
    });
  });

  describe("peers", () => {
    test("are known by what they present", async () => {
      const peers: Peer[] = [];
      const { served, service } = await open({
        echo: async (_request, { peer }) => {
          peers.push(peer);
          return {};
        },
      });
      await service.echo({});
      const other = served.connect(broker);
      cleanups.push(() => other.close());
      await other.client(EchoService).echo({});
      expect(peers).toMatchObject([
        { kind: "client", clientId: "tästs" },
        { kind: "role", role: "broker", nodeId: 3, clusterId: "c1" },
      ]);
    });

    test("are refused what only another role may do", async () => {
      const handlers: Partial<EchoHandlers> = {
        echo: async (_request, context) => ({
          index: requireRole(context, "c1", "broker", "coordinator").nodeId,
        }),
      };
      const { served, service } = await open(handlers);
      expect(await failure(service.echo({}))).toMatchObject({ id: "CLUSTER_AUTHORIZATION_FAILED", code: 31 });
      const controller = served.connect({ ...broker, role: "controller" });
      const foreign = served.connect({ ...broker, clusterId: "c2" });
      const allowed = served.connect(broker);
      for (const channel of [controller, foreign, allowed]) cleanups.push(() => channel.close());
      expect(await failure(controller.client(EchoService).echo({}))).toMatchObject({ code: 31 });
      expect(await failure(foreign.client(EchoService).echo({}))).toMatchObject({
        id: "INCONSISTENT_CLUSTER_ID",
      });
      expect((await allowed.client(EchoService).echo({})).index).toBe(3);
    });

    test("hand their trace on", async () => {
      const trace = {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        tracestate: "a=b",
      };
      const { service } = await open({
        echo: async (_request, context) => ({ text: JSON.stringify(context.trace) }),
      });
      expect(JSON.parse((await service.echo({}, { trace })).text)).toEqual(trace);
    });
  });

  describe("shutdown", () => {
    test("ends streams as broken and lets unary calls finish", async () => {
      const gate = Promise.withResolvers<void>();
      const handler = aborted();
      const entered = Promise.withResolvers<void>();
      const { served, service } = await open({
        echo: () => {
          entered.resolve();
          return gate.promise.then(() => ({ text: "finished" }));
        },
        async *generate(_request, { signal }) {
          yield {};
          await handler.waitFor(signal);
        },
      });
      const unary = service.echo({});
      const stream = service.generate({})[Symbol.asyncIterator]();
      await Promise.all([stream.next(), entered.promise]);
      const next = failure(stream.next());
      await handler.started;
      const closed = served.close({ graceMs: 60_000 });
      expect(await next).toMatchObject({ reason: "broken", id: "NETWORK_EXCEPTION" });
      expect(await handler.reason).toBeInstanceOf(RpcUnavailableError);
      gate.resolve();
      expect((await unary).text).toBe("finished");
      await closed;
    });

    test("cuts what does not finish in its grace", async () => {
      const handler = aborted();
      const { served, service } = await open({ echo: (_request, { signal }) => handler.waitFor(signal) });
      const unary = failure(service.echo({}));
      await handler.started;
      await served.close({ graceMs: 0 });
      expect(await unary).toMatchObject({ reason: "broken", isUnsent: false });
      expect(await handler.reason).toBeInstanceOf(RpcUnavailableError);
    });

    test("leaves an address that refuses", async () => {
      const { served, service } = await open();
      await service.echo({});
      await served.close();
      const refused = { reason: "refused", isUnsent: true, id: "NETWORK_EXCEPTION" };
      expect(await failure(service.echo({}))).toMatchObject(refused);
      expect(await failure(indexes(service.generate({ count: 1 })))).toMatchObject({ reason: "refused" });
    });

    test("of the channel breaks its calls and takes no more", async () => {
      const handler = aborted();
      const { channel, service } = await open({ echo: (_request, { signal }) => handler.waitFor(signal) });
      const unary = failure(service.echo({}));
      await handler.started;
      await channel.close();
      expect(await unary).toMatchObject({ reason: "broken", isUnsent: false });
      expect(await handler.reason).toMatchObject({ name: "AbortError" });
      expect(await failure(service.echo({}))).toMatchObject({ reason: "broken" });
    });
  });

  test("refuses services that are not served", async () => {
    const served = await serve(new ServiceTable());
    const channel = served.connect(client);
    cleanups.push(() => served.close());
    cleanups.push(() => channel.close());
    const service = channel.client(EchoService);
    expect(await failure(service.echo({}))).toMatchObject({ id: "UNSUPPORTED_VERSION" });
    expect(await failure(indexes(service.generate({})))).toMatchObject({ id: "UNSUPPORTED_VERSION" });
  });

  test("leaves no listeners on a signal that outlives its calls", async () => {
    const { service } = await open();
    const { signal, listeners } = countedSignal();
    await service.echo({}, { signal });
    await indexes(service.generate({ count: 3 }, { signal }));
    for await (const _ of service.generate({}, { signal })) break;
    expect(listeners()).toBe(0);
  });
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("it did not fail");
}

async function indexes(responses: AsyncIterable<{ readonly index: number }>): Promise<number[]> {
  const seen: number[] = [];
  for await (const { index } of responses) seen.push(index);
  return seen;
}

/** A handler that waits until its signal is aborted, and tells. */
function aborted() {
  const started = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<unknown>();
  return {
    started: started.promise,
    reason: reason.promise,
    waitFor: (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        started.resolve();
        signal.addEventListener("abort", () => {
          reason.resolve(signal.reason);
          reject(signal.reason);
        });
      }),
  };
}

/** Waits until a number has stopped moving for 50 turns of the event loop. */
async function settled(read: () => number): Promise<void> {
  for (let still = 0, last = read(); still < 50; still++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (read() !== last) still = 0;
    last = read();
  }
}

function countedSignal() {
  const { signal } = new AbortController();
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--;
    removeEventListener.apply(signal, args);
  };
  return { signal, listeners: () => count };
}
