import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type BrokerSessionRequest,
  BrokerSessionRequestSchema,
  type BrokerSessionResponse,
  BrokerSessionResponseSchema,
} from "@millrace/proto/controller";
import { ApiError, createSimulatedRuntime, type RpcChannel, type SimulatedRuntime } from "@millrace/runtime";
import { expect, test } from "vitest";
import { settled, testUuid } from "../testing/test-cluster.ts";
import { BrokerSession } from "./broker-session.ts";

type Requests = AsyncIterable<MessageInitShape<typeof BrokerSessionRequestSchema>>;
type Serve = (request: BrokerSessionRequest["request"], stream: number) => BrokerSessionResponse | undefined;

/** A controller that answers as it is told to; undefined: not at all. */
function channelOf(serve: Serve): RpcChannel {
  let streams = 0;
  async function* brokerSession(requests: Requests, { signal }: { signal: AbortSignal }) {
    const stream = streams++;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {});
    const iterator = requests[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) return;
      const answer = serve(create(BrokerSessionRequestSchema, next.value).request, stream);
      if (answer !== undefined) yield answer;
    }
  }
  return { client: () => ({ brokerSession }) as never, close: async () => {} };
}

const registered = (brokerEpoch: number): BrokerSessionResponse =>
  create(BrokerSessionResponseSchema, {
    response: {
      case: "registered",
      value: { brokerEpoch: BigInt(brokerEpoch), sessionTimeoutMs: 3_000, heartbeatIntervalMs: 500 },
    },
  });

const answer = (value: { fenced?: boolean; shouldShutDown?: boolean }): BrokerSessionResponse =>
  create(BrokerSessionResponseSchema, {
    response: { case: "heartbeat", value: { committedOffset: 7n, ...value } },
  });

function sessionWith(serve: Serve): {
  readonly session: BrokerSession;
  readonly runtime: SimulatedRuntime;
  readonly refusals: ApiError[];
  readonly epochs: number[];
} {
  const runtime = createSimulatedRuntime();
  const refusals: ApiError[] = [];
  const epochs: number[] = [];
  const session = new BrokerSession({
    identity: {
      brokerId: 1,
      clusterId: "c",
      directoryId: testUuid(1),
      incarnationId: testUuid(2),
      listeners: [],
      grpcHost: "h",
      grpcPort: 1,
    },
    channel: channelOf(serve),
    runtime,
    metadata: { image: { offset: 5 }, waitForOffset: async () => {} },
    onRefused: (error) => refusals.push(error),
    onRegistered: (epoch) => epochs.push(epoch),
  });
  session.start();
  return { session, runtime, refusals, epochs };
}

async function pass(runtime: SimulatedRuntime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await settled(3);
    runtime.clock.advance(100);
  }
  await settled(3);
}

test("heartbeats come at the controller's interval, one at a time", async () => {
  let heartbeats = 0;
  const { session, runtime } = sessionWith((request) => {
    if (request.case === "register") return registered(3);
    heartbeats++;
    return answer({ fenced: false });
  });
  await session.untilUnfenced();
  await settled(3);
  const before = heartbeats;
  await pass(runtime, 5_000);
  expect(heartbeats - before).toBe(10);
  expect(session.committedOffset).toBe(7);
  await session.close();
});

test("a controller that stops answering is left, and registered with again", async () => {
  const { session, runtime, epochs } = sessionWith((request, stream) => {
    if (request.case === "register") return registered(3);
    return stream === 0 ? undefined : answer({ fenced: false });
  });
  await settled();
  expect(session.fenced).toBe(true);
  await pass(runtime, 5_000);
  expect(session.fenced).toBe(false);
  expect(epochs).toEqual([3]);
  await session.close();
});

test("when the metadata has a new epoch, a controller that does not answer is left at once", async () => {
  const streams: number[] = [];
  const { session, runtime } = sessionWith((request, stream) => {
    streams[stream] = (streams[stream] ?? 0) + 1;
    if (request.case === "register") return registered(3);
    return stream === 0 && streams[0]! > 2 ? undefined : answer({ fenced: false });
  });
  await session.untilUnfenced();
  session.metadataEpoch(1);
  session.metadataEpoch(1);
  await pass(runtime, 400);
  expect(streams).toHaveLength(1);
  await pass(runtime, 200);
  expect(streams).toHaveLength(2);
  session.metadataEpoch(2);
  await pass(runtime, 5_000);
  expect(streams).toHaveLength(2);
  await session.close();
});

test("it looks for the active controller as long as it takes", async () => {
  const { session, runtime, refusals } = sessionWith((request, stream) => {
    if (stream < 4) throw new ApiError("NOT_CONTROLLER");
    return request.case === "register" ? registered(3) : answer({ fenced: false });
  });
  await pass(runtime, 10_000);
  expect(session.fenced).toBe(false);
  expect(refusals).toEqual([]);
  await session.close();
});

test("an id that another broker holds is waited for, as long as that one may only have ended", async () => {
  const { session, runtime, refusals } = sessionWith(() => {
    throw new ApiError("DUPLICATE_BROKER_REGISTRATION");
  });
  await pass(runtime, 9_000);
  expect(refusals).toEqual([]);
  await pass(runtime, 2_000);
  expect(refusals).toMatchObject([{ id: "DUPLICATE_BROKER_REGISTRATION" }]);
  await session.close();
});

test("after a controlled shutdown it never asks to be taken back", async () => {
  const asked: string[] = [];
  const { session, runtime } = sessionWith((request) => {
    if (request.case !== "heartbeat") return registered(3);
    const { wantFence, wantShutdown } = request.value;
    asked.push(wantShutdown ? "shutdown" : wantFence ? "fence" : "live");
    return answer({ fenced: wantFence || wantShutdown, shouldShutDown: wantShutdown });
  });
  await session.untilUnfenced();
  await session.shutDown();
  await pass(runtime, 2_000);
  const since = asked.slice(asked.indexOf("shutdown"));
  expect(new Set(since)).toEqual(new Set(["shutdown", "fence"]));
  await session.close();
});

test("waiting ends with its signal and with the session", async () => {
  const { session } = sessionWith(() => undefined);
  const given = AbortSignal.abort(new Error("enough"));
  await expect(session.untilUnfenced(given)).rejects.toThrow("enough");
  const waiting = session.untilUnfenced();
  await session.close();
  await expect(waiting).rejects.toMatchObject({ id: "BROKER_NOT_AVAILABLE" });
});
