import { expect, test } from "vitest";
import { Machine } from "./machine.ts";
import { World } from "./world.ts";

async function written(machine: Machine, sync: boolean): Promise<void> {
  const file = await machine.disk.open("f", { mode: "write", diskClass: "raft" });
  await file.write([Buffer.from("x")], 0);
  if (!sync) return;
  await file.sync();
  await machine.disk.syncDirectory("");
}

const make = (seed = 1) => new Machine("m1", new World({ seed }), {});

test("a process that is killed leaves what it wrote, synced or not", async () => {
  const machine = make();
  const process = machine.start();
  await written(machine, false);
  machine.kill();
  expect(process.hasEnded).toBe(true);
  expect(machine.process).toBeUndefined();
  expect(await machine.disk.readFile("f")).toEqual(Buffer.from("x"));
});

test("a power cut may take what was not synced, and nothing else", async () => {
  const left = new Set<string | undefined>();
  for (let seed = 0; seed < 20; seed += 1) {
    const machine = make(seed);
    machine.start();
    await written(machine, false);
    machine.cutPower();
    left.add((await machine.disk.readFile("f"))?.toString());
    const other = make(seed);
    other.start();
    await written(other, true);
    other.cutPower();
    expect(await other.disk.readFile("f")).toEqual(Buffer.from("x"));
  }
  expect(left).toContain(undefined);
});

test("a new disk is empty, and the machine goes on", async () => {
  const machine = make();
  machine.start();
  await written(machine, true);
  machine.replaceDisk();
  expect(await machine.disk.readFile("f")).toBeUndefined();
  expect(machine.start().name).toBe("m1#2");
});

test("what a disk has done late does not reach the next process", async () => {
  const world = new World({ seed: 1 });
  const machine = new Machine("m1", world, { delayMs: () => 5 });
  machine.start();
  let isDone = false;
  void machine.disk.makeDirectory("d").then(() => {
    isDone = true;
  });
  machine.kill();
  machine.start();
  await world.run();
  expect(isDone).toBe(false);
});
