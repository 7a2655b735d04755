import { connect as connectSocket } from "node:net";
import { NetworkError } from "@millrace/runtime";
import { runNetworkSuite } from "@millrace/runtime/testing";
import { expect, test } from "vitest";
import { TcpNetwork } from "./tcp-network.ts";

runNetworkSuite("tcp", {
  network: () => new TcpNetwork(),
  connect: (port) => {
    const socket = connectSocket({ port, host: "127.0.0.1" });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    return {
      write: (bytes) => void socket.write(bytes),
      received: () => Buffer.concat(chunks),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      end: () => void socket.end(),
      get closed() {
        return socket.destroyed;
      },
    };
  },
});

test("an address of another machine cannot be bound", async () => {
  const refused = await new TcpNetwork()
    .listen({ host: "192.0.2.1", port: 0 }, () => {})
    .catch((error) => error);
  expect(refused).toBeInstanceOf(NetworkError);
  expect(refused).toMatchObject({ reason: "unavailable", message: expect.stringContaining("192.0.2.1") });
});
