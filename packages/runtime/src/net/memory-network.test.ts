import { expect, test } from "vitest";
import { runNetworkSuite, type SuiteClient } from "../testing/network-suite.ts";
import type { ByteStream } from "./byte-stream.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { NetworkError } from "./network-error.ts";

let network = new MemoryNetwork({ later: setImmediate });

runNetworkSuite("memory", {
  network: () => {
    network = new MemoryNetwork({ later: setImmediate });
    return network;
  },
  connect: (port) => suiteClient(network.connect(port)),
});

test("nobody listens: a connection is refused", () => {
  expect(() => network.connect(1)).toThrow(NetworkError);
});

test("a chunk is lent: whoever keeps it finds it overwritten", async () => {
  const network = new MemoryNetwork({ later: setImmediate });
  let kept: Buffer | undefined;
  const { port } = await network.listen({ host: "127.0.0.1", port: 0 }, (stream) =>
    stream.start({
      onData: (chunk) => {
        kept = chunk;
        expect(String(chunk)).toBe("hello");
      },
      onDrain: () => {},
      onClose: () => {},
    }),
  );
  network.connect(port).write([Buffer.from("hello")]);
  while (kept === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect(String(kept)).not.toBe("hello");
});

function suiteClient(stream: ByteStream): SuiteClient {
  const chunks: Buffer[] = [];
  const client = { closed: false };
  stream.start({
    onData: (chunk) => chunks.push(Buffer.from(chunk)),
    onDrain: () => {},
    onClose: () => {
      client.closed = true;
    },
  });
  return {
    write: (bytes) => stream.write([bytes]),
    received: () => Buffer.concat(chunks),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    end: () => stream.end(),
    get closed() {
      return client.closed;
    },
  };
}
