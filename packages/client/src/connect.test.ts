import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "./connect.ts";

test.each([
  "localhost",
  "localhost:",
  ":9094",
  "localhost:0",
  "localhost:70000",
  "::1:9094",
  "http://localhost:9094",
])("refuses %s with what is wrong", (broker) => {
  expect(() => connect({ broker })).toThrow(`"${broker}" is not host:port of a gRPC listener`);
});

test.each(["localhost:9094", "127.0.0.1:1", "[::1]:65535"])("takes %s without connecting", async (broker) => {
  await using client = connect({ broker });
  expect(client.admin).toBeDefined();
});

test("an unreachable broker shows with the first call", async () => {
  // Port 1 is reserved and nothing listens there.
  await using client = connect({ broker: "127.0.0.1:1" });
  await expect(client.admin.describeCluster()).rejects.toMatchObject({
    id: "NETWORK_EXCEPTION",
    reason: "refused",
  });
});

test("a program that waits for a retry goes on until it is given up", () => {
  const program = `
    import { connect } from "@millrace/client";
    const client = connect({ broker: "127.0.0.1:1" });
    const producer = client.producer({ deliveryTimeoutMs: 100 });
    await producer.send({ topic: "t", partition: 0, value: "v" }).catch((error) => console.log(error.id));
    await client.close();
    console.log("closed");`;
  const args = ["--conditions=@millrace/source", "--input-type=module", "-e", program];
  const options = { cwd: join(import.meta.dirname, ".."), encoding: "utf8" } as const;
  const { stdout, status } = spawnSync(process.execPath, args, options);
  expect({ stdout, status }).toEqual({ stdout: "REQUEST_TIMED_OUT\nclosed\n", status: 0 });
});
