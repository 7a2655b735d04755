import { InlineExecutor } from "@millrace/runtime";
import { expect, test } from "vitest";
import type { Entry } from "../entry.ts";
import { MemoryRaftStorage } from "../storage/memory-raft-storage.ts";
import { TextMachine } from "../testing/text-machine.ts";
import { Applier } from "./applier.ts";

const entry = (index: number): Entry => ({ index, term: 1, kind: "data", payload: Buffer.from(`${index}`) });

/** Ten entries: the first five are on the disk only. */
async function makeApplier(machine = new TextMachine()) {
  const storage = new MemoryRaftStorage();
  const entries = Array.from({ length: 10 }, (_, i) => entry(i + 1));
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries });
  const failures: unknown[] = [];
  const recent = {
    recentFirstIndex: 6,
    recentEntries: (from: number, through: number) =>
      from < 6 ? undefined : entries.slice(from - 1, through),
  };
  const applier = new Applier(0, {
    storage,
    recent,
    stateMachine: machine,
    executor: new InlineExecutor(),
    applyBytesMax: 2,
    onApplied: () => {},
    onRestored: () => {},
    onFailed: (error) => failures.push(error),
  });
  return { applier, machine, storage, failures };
}

test("applies from the disk what is not in memory, then the rest, each entry once", async () => {
  const { applier, machine } = await makeApplier();
  applier.commitTo(4);
  applier.commitTo(8);
  await applier.idle();
  expect(machine.texts).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
  expect(applier.appliedIndex).toBe(8);
});

test("a snapshot comes between two applies, and takes the place of what it covers", async () => {
  const { applier, machine, storage } = await makeApplier();
  applier.commitTo(2);
  await applier.idle();
  const state = new TextMachine();
  state.texts = ["up to 7"];
  await storage.saveSnapshot({ index: 7, term: 1, voters: undefined }, state.snapshot());
  applier.hold();
  applier.commitTo(3);
  await applier.idle();
  expect(machine.texts).toEqual(["1", "2"]);
  applier.restore({ index: 7, term: 1, voters: undefined });
  applier.resume();
  applier.commitTo(9);
  await applier.idle();
  expect(machine.texts).toEqual(["up to 7", "8", "9"]);
  expect(machine.restoredAt).toEqual([7]);
});

test("a machine that throws ends it", async () => {
  class Broken extends TextMachine {
    override apply(): void {
      throw new Error("broken");
    }
  }
  const { applier, failures } = await makeApplier(new Broken());
  applier.commitTo(3);
  await applier.idle();
  applier.commitTo(4);
  await applier.idle();
  expect(failures).toEqual([new Error("broken")]);
  expect(applier.appliedIndex).toBe(0);
});
