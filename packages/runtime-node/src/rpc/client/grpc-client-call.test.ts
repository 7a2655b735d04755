import { Metadata, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { GrpcClientCall } from "./grpc-client-call.ts";

test("what goes wrong while it is found out why nobody answered is how the call ends", async () => {
  const thrown = new Error("no such address");
  const unavailable = { code: status.UNAVAILABLE, details: "", metadata: new Metadata() };
  const call = {
    start: (_: unknown, listener: { onReceiveStatus: (end: typeof unavailable) => void }) =>
      listener.onReceiveStatus(unavailable),
  };
  const end = await new Promise((resolve) =>
    new GrpcClientCall({
      call: call as never,
      metadata: new Metadata(),
      signal: undefined,
      whyUnavailable: () => Promise.reject(thrown),
      over: () => {},
    }).start({ message: () => {}, end: resolve }),
  );
  expect(end).toEqual({ failure: { thrown }, cut: false });
});
