import { MetadataObserver, QuorumChannel } from "@millrace/controller";
import { ApiError, type ClientTransport, type RpcChannel, RpcUnavailableError } from "@millrace/runtime";
import { createNodeRuntime } from "@millrace/runtime-node";
import { expect, test } from "vitest";
import { watchedChannel } from "./watched-channel.ts";

const gone = new RpcUnavailableError("refused");
const foreign = new ApiError("INCONSISTENT_CLUSTER_ID");

/** Whose calls and streams fail with these errors, one after the other, and what its watcher was told. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  const seen: string[] = [];
  const fail = (): Promise<never> => Promise.reject(left.shift());
  const channel: RpcChannel & ClientTransport = {
    client: () => expect.unreachable(),
    unary: fail,
    stream: () => ({
      next: fail,
      [Symbol.asyncIterator]() {
        return this;
      },
    }),
    close: async () => void seen.push("closed"),
  };
  const watched = watchedChannel(channel, {
    answered: () => seen.push("answered"),
    failed: ({ id }) => seen.push(id),
  });
  return { watched, seen };
}

test.each<[string, Error, readonly string[]]>([
  ["that nobody takes", gone, ["NETWORK_EXCEPTION"]],
  ["that is not answered", new ApiError("REQUEST_TIMED_OUT"), ["REQUEST_TIMED_OUT"]],
  ["that nobody knows there", new ApiError("UNSUPPORTED_VERSION"), ["UNSUPPORTED_VERSION"]],
  ["that is refused", foreign, ["answered"]],
  ["that its caller gives up", new DOMException("enough", "AbortError"), []],
])("a call %s", async (_, error, expected) => {
  const { watched, seen } = failing(error);
  const channel = new QuorumChannel({ controllers: [{ host: "h", port: 1 }], connect: () => watched });
  await channel.refusal();
  await channel.close();
  expect(seen).toEqual([...expected, "closed"]);
});

test("a stream that its caller ends with an error of its own", async () => {
  const seen: string[] = [];
  const asked = Promise.withResolvers<void>();
  const silent: RpcChannel & ClientTransport = {
    client: () => expect.unreachable(),
    unary: () => expect.unreachable(),
    stream: (_, __, { signal }) => ({
      next: () =>
        new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
          asked.resolve();
        }),
      [Symbol.asyncIterator]() {
        return this;
      },
    }),
    close: async () => {},
  };
  const observer = new MetadataObserver({
    clusterId: "c",
    channel: watchedChannel(silent, {
      answered: () => seen.push("answered"),
      failed: ({ id }) => seen.push(id),
    }),
    runtime: createNodeRuntime({ onFail: () => {} }),
  });
  observer.start();
  await asked.promise;
  await observer.close(); // an `ApiError` says that this node ends
  expect(seen).toEqual([]);
});

test("a stream that breaks, and one that is refused", async () => {
  const { watched, seen } = failing(gone, foreign);
  const refused = Promise.withResolvers<ApiError>();
  const observer = new MetadataObserver({
    clusterId: "c",
    channel: watched,
    runtime: createNodeRuntime({ onFail: refused.reject }),
    onRefused: refused.resolve,
  });
  observer.start();
  expect(await refused.promise).toBe(foreign);
  await observer.close();
  expect(seen).toEqual(["NETWORK_EXCEPTION", "answered"]);
});
