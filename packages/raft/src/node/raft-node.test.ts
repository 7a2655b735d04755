import {
  createSimulatedRuntime,
  DiskError,
  InvariantViolation,
  type Random,
  SeededRandom,
  SimulatedDisk,
} from "@millrace/runtime";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RaftCore } from "../core/raft-core.ts";
import type { Voter } from "../entry.ts";
import type { RaftStateMachine } from "../state-machine.ts";
import { MemoryRaftStorage } from "../storage/memory-raft-storage.ts";
import type { PersistBatch, RaftStorage } from "../storage/raft-storage.ts";
import { SegmentedRaftStorage } from "../storage/segmented-raft-storage.ts";
import { TextMachine } from "../testing/text-machine.ts";
import { RaftNode } from "./raft-node.ts";
import type { RaftNodeOptions, RaftStatus } from "./raft-node-options.ts";

const me: Voter = { id: 1, directoryId: "disk-a", endpoint: { host: "localhost", port: 9094 } };

/** Holds back or fails what is persisted, and counts it. */
class GatedStorage extends MemoryRaftStorage {
  readonly groups: number[] = [];
  failWith: unknown;
  #gate: Promise<void> = Promise.resolve();

  /** What is persisted from now on waits until the function that this returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  override async persist(batch: PersistBatch): Promise<void> {
    this.groups.push(batch.entries.length);
    await this.#gate;
    if (this.failWith !== undefined) throw this.failWith;
    await super.persist(batch);
  }
}

async function open(storage: RaftStorage, options: Partial<RaftNodeOptions> = {}) {
  const runtime = createSimulatedRuntime();
  const machine = new TextMachine();
  const node = await RaftNode.open({
    self: me,
    bootstrapVoters: [me],
    storage,
    stateMachine: machine,
    runtime,
    ...options,
  });
  return { node, machine, runtime };
}

async function openLeading(storage: RaftStorage, options: Partial<RaftNodeOptions> = {}) {
  const opened = await open(storage, options);
  await opened.node.untilLeading();
  return opened;
}

afterEach(() => {
  vi.restoreAllMocks();
});

const text = (value: string): Uint8Array => Buffer.from(value);

describe("proposals", () => {
  test("resolve when they are committed and applied, in order", async () => {
    const { node, machine } = await openLeading(new MemoryRaftStorage());
    const proposed = await node.propose([text("a"), text("b")]);
    expect(proposed).toEqual({ firstIndex: 3, lastIndex: 4, term: 1 });
    expect(machine.texts).toEqual(["a", "b"]);
    await Promise.all(["c", "d", "e"].map((value) => node.propose([text(value)])));
    expect(machine.texts.join("")).toBe("abcde");
    expect(machine.applied).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await node.stop();
  });

  test("that arrive while a group is being written make the next one", async () => {
    const storage = new GatedStorage();
    const { node } = await openLeading(storage);
    await node.propose([text("first")]);
    storage.groups.length = 0;
    const release = storage.hold();
    const all = [node.propose([text("a")])];
    await Promise.resolve();
    await Promise.resolve();
    for (let i = 0; i < 20; i++) all.push(node.propose([text(`${i}`)]));
    release();
    await Promise.all(all);
    expect(storage.groups).toEqual([1, 20]);
    await node.stop();
  });

  test("of one turn are one group", async () => {
    const storage = new GatedStorage();
    const { node } = await openLeading(storage);
    await node.readIndex();
    storage.groups.length = 0;
    await Promise.all(Array.from({ length: 50 }, () => node.propose([text("x")])));
    expect(storage.groups).toEqual([50]);
    await node.stop();
  });

  test("are refused with a code, and with nothing taken", async () => {
    const limits = { pendingEntriesMax: 3, pendingBytesMax: 100, entryBytesMax: 60 };
    const storage = new GatedStorage();
    const release = storage.hold();
    const { node, machine } = await open(storage, { limits });
    await expect(node.propose([text("a")])).rejects.toMatchObject({ code: "NOT_LEADER" });
    await expect(node.readIndex()).rejects.toMatchObject({ code: "NOT_LEADER" });
    release();
    await node.untilLeading();
    await node.readIndex();
    while (node.status.appliedIndex < node.status.lastIndex) await Promise.resolve();
    await expect(node.propose([])).rejects.toMatchObject({ code: "NO_ENTRIES" });
    await expect(node.propose([new Uint8Array(61)])).rejects.toMatchObject({ code: "ENTRY_TOO_LARGE" });
    const releaseTaken = storage.hold();
    const taken = node.propose([new Uint8Array(50), new Uint8Array(1)]);
    await expect(node.propose([new Uint8Array(50)])).rejects.toMatchObject({ code: "PENDING_FULL" });
    await expect(node.propose([text("a"), text("b")])).rejects.toMatchObject({ code: "PENDING_FULL" });
    releaseTaken();
    await taken;
    await node.propose([text("room again")]);
    expect(machine.texts.at(-1)).toBe("room again");
    await node.stop();
    await expect(node.propose([text("a")])).rejects.toMatchObject({ code: "STOPPED" });
  });

  test("are refused when the log is not where the caller expects it", async () => {
    const { node } = await openLeading(new MemoryRaftStorage());
    const append = (expected: { term?: number; firstIndex?: number }) => () =>
      node.append([text("a")], expected);
    expect(append({ term: 2 })).toThrow(expect.objectContaining({ code: "UNEXPECTED_TERM" }));
    expect(append({ term: 1, firstIndex: 4 })).toThrow(expect.objectContaining({ code: "UNEXPECTED_INDEX" }));
    expect(append({ term: 1, firstIndex: 3 })()).toEqual({ firstIndex: 3, lastIndex: 3, term: 1 });
    await node.stop();
  });
});

describe("reads", () => {
  test("are bounded until they are applied, not only until they are confirmed", async () => {
    const machine = new TextMachine();
    const { promise: applied, resolve: apply } = Promise.withResolvers<void>();
    const stateMachine: RaftStateMachine = {
      apply: (entries) => applied.then(() => machine.apply(entries)),
      snapshot: () => machine.snapshot(),
      restore: (id, chunks) => machine.restore(id, chunks),
    };
    const limits = { pendingReadsMax: 2 };
    const { node } = await openLeading(new MemoryRaftStorage(), { stateMachine, limits });
    const reads = [node.readIndex(), node.readIndex()];
    while (node.status.commitIndex < 2) await undefined;
    await new Promise((resolve) => setImmediate(resolve));
    expect(node.status.appliedIndex).toBe(0);
    await expect(node.readIndex()).rejects.toMatchObject({ code: "PENDING_FULL" });
    apply();
    expect(await Promise.all(reads)).toEqual([2, 2]);
    expect(await node.readIndex()).toBe(2);
    await node.stop();
  });

  test("a read index covers all that was acknowledged before", async () => {
    const { node } = await openLeading(new MemoryRaftStorage());
    const { lastIndex } = await node.propose([text("a")]);
    expect(await node.readIndex()).toBe(lastIndex);
    await node.stop();
  });

  test("one that is asked for before the term is open waits for it to be applied", async () => {
    const storage = new GatedStorage();
    const { node, machine } = await open(storage);
    let release = storage.hold();
    node.onRoleChange(() => {
      release = storage.hold();
    });
    await node.untilLeading();
    const read = node.readIndex();
    expect(node.status.commitIndex).toBe(0);
    release();
    expect(await read).toBe(2);
    expect(machine.applied).toEqual([1, 2]);
    await node.stop();
  });
});

test("leadership is told, with its term", async () => {
  const storage = new GatedStorage();
  const release = storage.hold();
  const { node } = await open(storage);
  const seen: RaftStatus[] = [];
  const off = node.onRoleChange((status) => seen.push(status));
  release();
  await node.stop();
  expect(seen).toMatchObject([{ role: "leader", term: 1, leaderId: 1, voters: [me] }]);
  off();
});

test("an idle leader arms no timer", async () => {
  const { node, runtime } = await openLeading(new MemoryRaftStorage());
  expect(runtime.clock.nextTimerMs).toBeUndefined();
  await node.stop();
});

describe("a restart", () => {
  test("applies again what was committed, in a new term", async () => {
    const storage = new MemoryRaftStorage();
    const first = await openLeading(storage);
    await first.node.propose([text("a"), text("b")]);
    await first.node.stop();
    const second = await openLeading(storage, { limits: { applyBytesMax: 1 } });
    await second.node.readIndex();
    expect(second.node.status.term).toBe(2);
    expect(second.machine.texts).toEqual(["a", "b"]);
    await second.node.propose([text("c")]);
    expect(second.machine.texts).toEqual(["a", "b", "c"]);
    await second.node.stop();
  });

  test("starts from the snapshot, and the log behind it is gone", async () => {
    const storage = new MemoryRaftStorage();
    const first = await openLeading(storage, { limits: { snapshotEveryBytes: 1_000 } });
    for (let i = 0; i < 100; i++) await first.node.propose([text(`${i}`)]);
    await first.node.stop();
    expect(storage.initial.firstIndex).toBeGreaterThan(50);
    expect(storage.initial.snapshot?.voters).toEqual([me]);
    const second = await openLeading(storage);
    await second.node.readIndex();
    expect(second.machine.restoredAt).toEqual([storage.initial.snapshot!.index]);
    expect(second.machine.applied[0]).toBe(second.machine.restoredAt[0]! + 1);
    expect(second.machine.texts).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    await second.node.stop();
  });

  test("stop finishes what was taken", async () => {
    const storage = new GatedStorage();
    const { node, machine } = await openLeading(storage);
    const all = Array.from({ length: 10 }, (_, i) => node.propose([text(`${i}`)]));
    await node.stop();
    await Promise.all(all);
    expect(machine.texts.length).toBe(10);
  });
});

describe("failures", () => {
  test("a disk that fails ends the node: nothing more is taken, waiting callers hear of it", async () => {
    const storage = new GatedStorage();
    const { node, runtime } = await openLeading(storage);
    await node.propose([text("a")]);
    const failure = new DiskError("FULL", "raft", "no space left");
    storage.failWith = failure;
    const waiting = node.propose([text("b")]);
    await expect(waiting).rejects.toMatchObject({ code: "STOPPED", cause: failure });
    await expect(node.propose([text("c")])).rejects.toMatchObject({ code: "STOPPED" });
    expect(runtime.failures).toEqual([failure]);
    await node.stop();
  });

  test("a state machine that throws ends the node", async () => {
    const machine = new TextMachine();
    const bug = new InvariantViolation("a bug");
    machine.apply = () => {
      throw bug;
    };
    const { node, runtime } = await openLeading(new MemoryRaftStorage(), { stateMachine: machine });
    await expect(node.propose([text("a")])).rejects.toMatchObject({ code: "STOPPED" });
    expect(runtime.failures).toEqual([bug]);
    await node.stop();
  });

  test.each([
    { asked: "propose", ask: (node: RaftNode) => node.propose([text("b")]) },
    { asked: "readIndex", ask: (node: RaftNode) => node.readIndex() },
    { asked: "transferLeadership", ask: (node: RaftNode) => node.transferLeadership() },
    { asked: "changeVoters", ask: (node: RaftNode) => node.updateVoter(me) },
  ] as const)("a core that throws when $asked reaches it ends the node, with nothing taken", async (one) => {
    const storage = new MemoryRaftStorage();
    const { node, runtime } = await openLeading(storage);
    const { lastIndex } = node;
    const waiting = node.propose([text("a")]);
    const bug = new InvariantViolation("a bug");
    const original = RaftCore.prototype[one.asked] as (...args: unknown[]) => unknown;
    vi.spyOn(RaftCore.prototype, one.asked).mockImplementation(function (
      this: RaftCore,
      ...args: unknown[]
    ): never {
      original.apply(this, args);
      throw bug;
    });
    await expect(one.ask(node)).rejects.toMatchObject({ code: "STOPPED", cause: bug });
    await expect(waiting).rejects.toMatchObject({ code: "STOPPED", cause: bug });
    expect(() => node.append([text("c")])).toThrow(expect.objectContaining({ code: "STOPPED", cause: bug }));
    expect(runtime.failures).toEqual([bug]);
    await node.stop();
    expect(runtime.failures).toEqual([bug]);
    expect(storage.initial.lastIndex).toBe(lastIndex);
  });

  test("a listener that throws ends the node", async () => {
    const storage = new GatedStorage();
    const release = storage.hold();
    const { node, runtime } = await open(storage);
    const bug = new InvariantViolation("a bug");
    node.onRoleChange(() => {
      throw bug;
    });
    const read = node.untilLeading().then(() => node.readIndex());
    release();
    await expect(read).rejects.toMatchObject({ code: "STOPPED" });
    expect(runtime.failures).toEqual([bug]);
    await node.stop();
  });

  test("a snapshot that fails leaves everything in the log", async () => {
    const machine = new TextMachine();
    machine.snapshot = () =>
      (async function* (): AsyncGenerator<Uint8Array> {
        yield text("half");
        throw new DiskError("FULL", "snapshot", "no space left");
      })();
    const storage = new MemoryRaftStorage();
    const options = { stateMachine: machine, limits: { snapshotEveryBytes: 100 } };
    const { node, runtime } = await openLeading(storage, options);
    for (let i = 0; i < 20; i++) await node.propose([text(`${i}`)]);
    await node.stop();
    expect(runtime.failures).toEqual([]);
    expect(storage.initial).toMatchObject({ firstIndex: 1, lastIndex: 22, snapshot: undefined });
  });
});

describe("crashes on a disk that loses what was not synced", () => {
  test.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "keep what was acknowledged (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      let disk = new SimulatedDisk({ random });
      const acknowledged: string[] = [];
      const proposed: string[] = [];
      for (let life = 0; life < 6; life++) {
        const storage = await SegmentedRaftStorage.open(disk, "raft", { segmentBytes: 300 });
        const { node, machine, runtime } = await openLeading(storage, {
          limits: { snapshotEveryBytes: 2_000 },
        });
        await node.readIndex();
        expect(machine.texts.slice(0, acknowledged.length)).toEqual(acknowledged);
        // What was never acknowledged may be there, but only as a prefix of what was asked for.
        expect(proposed.slice(0, machine.texts.length)).toEqual(machine.texts);
        acknowledged.splice(0, Infinity, ...machine.texts);
        proposed.splice(0, Infinity, ...machine.texts);
        await proposeSome(node, random, proposed, acknowledged);
        expect(runtime.failures).toEqual([]);
        disk = disk.crash();
      }
    },
  );
});

/** Proposes without waiting, and returns in the middle of it. */
async function proposeSome(node: RaftNode, random: Random, proposed: string[], acknowledged: string[]) {
  const rounds = 5 + Math.floor(random.fraction() * 30);
  for (let round = 0; round < rounds; round++) {
    const values = Array.from(
      { length: 1 + Math.floor(random.fraction() * 4) },
      () => `v${proposed.length}-${round}`,
    );
    proposed.push(...values);
    void node.propose(values.map(text)).then(
      () => acknowledged.push(...values),
      () => {},
    );
    for (let i = Math.floor(random.fraction() * 12); i > 0; i--) await Promise.resolve();
  }
}
