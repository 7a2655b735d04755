import { settled } from "@millrace/controller/testing";
import { MemoryNetwork } from "@millrace/runtime";
import { expect, test } from "vitest";
import { TestClient } from "../../test-support/test-client.ts";
import { BoundListeners } from "./bound-listeners.ts";

test("keeps connections waiting until somebody serves them, and hands later ones over at once", async () => {
  const network = new MemoryNetwork({ later: setImmediate });
  const listeners = new BoundListeners(network);
  const address = await listeners.bind({ host: "127.0.0.1", port: 0 });
  const early = new TestClient(network.connect(address.port));
  await settled();
  const served: number[] = [];
  await listeners.listen(address, (stream) => {
    served.push(stream.remotePort);
    stream.destroy();
  });
  expect(served).toHaveLength(1);
  await early.untilClosed();
  network.connect(address.port);
  await settled();
  expect(served).toHaveLength(2);
  await listeners.close();
  expect(() => network.connect(address.port)).toThrow();
});

test("closes connections that still wait", async () => {
  const network = new MemoryNetwork({ later: setImmediate });
  const listeners = new BoundListeners(network);
  const { port } = await listeners.bind({ host: "127.0.0.1", port: 0 });
  const client = new TestClient(network.connect(port));
  await settled();
  await listeners.close();
  await client.untilClosed();
  expect(client.closed).toBe(true);
});
