import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planStack } from "../stack/plan-stack.ts";
import { identify } from "../stack/process-identity.ts";
import { writeStack } from "../stack/stack-file.ts";
import { addressesToAsk } from "./ask-at.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-quorum-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A stack whose nodes of these ids run: as this process does. */
async function stackOf(brokers: number, ...ids: readonly number[]): Promise<void> {
  const options = { controllers: 1, brokers, coordinators: 0, host: "::1", basePort: undefined, set: [] };
  const processes = planStack(dir, options, 9092);
  for (const one of processes) {
    if (!ids.includes(one.nodeId)) continue;
    one.pid = process.pid;
    one.startedAt = (await identify(process.pid))?.startedAt ?? null;
  }
  await writeStack(dir, { version: 1, clusterId: "c", processes: [...processes] });
}

test("an address is asked as it is given", async () => {
  expect(await addressesToAsk({ bootstrap: "b:9094" })).toEqual([
    { address: "b:9094", from: "--bootstrap b:9094" },
  ]);
});

test("of a stack the brokers and controllers that run are asked", async () => {
  await stackOf(3, 1, 102, 103);
  expect(await addressesToAsk({ dataDir: dir })).toEqual([
    { address: "[::1]:9101", from: `controller-1 of --data-dir ${dir}` },
    { address: "[::1]:9096", from: `broker-102 of --data-dir ${dir}` },
    { address: "[::1]:9099", from: `broker-103 of --data-dir ${dir}` },
  ]);
});

test("what gives nobody to ask is refused", async () => {
  await stackOf(2);
  await expect(addressesToAsk({ dataDir: dir })).rejects.toThrow(
    `no broker or controller of the stack in ${dir} runs; start it: millrace stack --data-dir ${dir}`,
  );
  await expect(addressesToAsk({ dataDir: join(dir, "none") })).rejects.toThrow("it has no stack.json");
  await expect(addressesToAsk({})).rejects.toThrow("whom to ask? Give --bootstrap HOST:PORT");
  await expect(addressesToAsk({ bootstrap: "b:1", dataDir: dir })).rejects.toThrow("give one of them");
});
