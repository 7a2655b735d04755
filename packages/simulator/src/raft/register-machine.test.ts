import type { Entry, SnapshotId } from "@millrace/raft";
import { expect, test } from "vitest";
import type { RegisterInput, RegisterOutput } from "../linearizability/register-model.ts";
import { encodeCommand } from "./command.ts";
import { RegisterMachine } from "./register-machine.ts";

function make() {
  const outputs: RegisterOutput[] = [];
  const restored: [SnapshotId, number][] = [];
  const machine = new RegisterMachine({
    onApplied: () => {},
    onOutput: (_, output) => outputs.push(output),
    onRestored: (snapshot, chain) => restored.push([snapshot, chain]),
    pause: () => undefined,
  });
  return { machine, outputs, restored };
}

function entry(index: number, key: string, input: Exclude<RegisterInput, { kind: "read" }>): Entry {
  return { index, term: 1, kind: "data", payload: encodeCommand({ id: `c.${index}`, key, input }) };
}

const write = (index: number, key = "r1"): Entry => entry(index, key, { kind: "write", value: `v${index}` });
const id: SnapshotId = { index: 20, term: 1, voters: undefined };

test("writes, and compares before it sets", async () => {
  const { machine, outputs } = make();
  const set = (index: number, expected: string) =>
    entry(index, "r1", { kind: "compareAndSet", expected, value: "set" });
  await machine.apply([write(1), set(2, "other"), set(3, "v1"), set(4, "v1")]);
  expect(outputs).toEqual([{}, { wrote: false }, { wrote: true }, { wrote: false }]);
  expect(machine.read("r1")).toBe("set");
  expect(machine.read("r2")).toBe("");
});

test("a snapshot is of the moment in which it was asked for, and carries everything", async () => {
  const { machine } = make();
  await machine.apply(Array.from({ length: 20 }, (_, i) => write(i + 1, `r${i}`)));
  const chunks = machine.snapshot();
  await machine.apply([write(21, "r0")]);
  const other = make();
  await other.machine.restore(id, chunks);
  expect(other.machine.read("r0")).toBe("v1");
  expect(other.machine.read("r19")).toBe("v20");
  // Both go on to the same place.
  const [again, same] = [make(), make()];
  await other.machine.apply([write(21, "r0")]);
  await again.machine.restore(id, machine.snapshot());
  await same.machine.restore(id, other.machine.snapshot());
  expect(same.restored).toEqual(again.restored);
});
