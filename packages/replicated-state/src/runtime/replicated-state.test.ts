import { ApiError, createSimulatedRuntime, InvariantViolation } from "@millrace/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PersistentMap } from "../containers/persistent-map.ts";
import { refuse } from "./decision.ts";
import { MemoryCommitLog } from "./memory-commit-log.ts";
import { ReplicatedState } from "./replicated-state.ts";
import type { Commit, ReplicatedStateOptions, StateLimits } from "./replicated-state-options.ts";
import { type FlatDraft, flatDrafts, type StateDefinition } from "./state-definition.ts";

// A store of counters: the smallest state for which the order of records matters.

interface Counters {
  readonly counts: PersistentMap<string, number>;
  /** Of the last record. */
  readonly lastOffset: number;
}

type CounterRecord =
  | { readonly add: string; readonly by: number }
  | { readonly double: string }
  | { readonly drop: string };

const definition: StateDefinition<Counters, FlatDraft<Counters>, CounterRecord> = {
  empty: { counts: PersistentMap.empty(), lastOffset: -1 },
  ...flatDrafts<Counters>(),
  replay(draft, record, offset) {
    draft.lastOffset = offset;
    if ("drop" in record) {
      draft.counts = draft.counts.delete(record.drop, draft.owner);
      return;
    }
    const key = "add" in record ? record.add : record.double;
    const count = draft.counts.get(key) ?? 0;
    const next = "add" in record ? count + record.by : count * 2;
    if (next > 1_000_000) throw new InvariantViolation("counter out of range");
    draft.counts = draft.counts.set(key, next, draft.owner);
  },
  *snapshot({ counts }) {
    for (const [add, by] of counts) yield { add, by };
  },
};

const codec = {
  encode: (record: CounterRecord): Uint8Array => Buffer.from(JSON.stringify(record)),
  decode: (bytes: Uint8Array): CounterRecord => JSON.parse(Buffer.from(bytes).toString()) as CounterRecord,
};

type Options = ReplicatedStateOptions<Counters, FlatDraft<Counters>, CounterRecord>;

async function open(log = new MemoryCommitLog(), limits: Partial<StateLimits> = {}) {
  const runtime = createSimulatedRuntime();
  const options: Options = {
    definition,
    codec,
    log,
    runtime,
    clock: runtime.clocks.domain,
    errors: {
      notLeading: "NOT_CONTROLLER",
      loading: "COORDINATOR_LOAD_IN_PROGRESS",
      overloaded: "THROTTLING_QUOTA_EXCEEDED",
    },
    limits,
  };
  const state = await ReplicatedState.open(options);
  const commits: Commit<Counters, CounterRecord>[] = [];
  state.onCommit((commit) => commits.push(commit));
  return { state, log, runtime, commits };
}

async function openLeading(log = new MemoryCommitLog(), limits: Partial<StateLimits> = {}) {
  const opened = await open(log, limits);
  log.lead(1);
  return opened;
}

type State = Awaited<ReturnType<typeof open>>["state"];

function add(state: State, key: string, by = 1): Promise<number> {
  return state.write(({ counts }) => ({
    records: [{ add: key, by }],
    response: (counts.get(key) ?? 0) + by,
  }));
}

/** Remembers how a promise ended, without waiting for it. */
function outcome(promise: Promise<unknown>): { value: unknown } {
  const seen: { value: unknown } = { value: "waiting" };
  promise.then(
    (value) => {
      seen.value = value;
    },
    (error: unknown) => {
      seen.value = error instanceof ApiError ? error.id : error;
    },
  );
  return seen;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const counts = (state: State): Record<string, number> => Object.fromEntries(state.image.state.counts);

describe("writes", () => {
  test("see uncommitted state, and are answered when they are committed, in order", async () => {
    const { state, log } = await openLeading();
    const order: number[] = [];
    const writes = [1, 2, 3].map(() => add(state, "a").then((count) => order.push(count)));
    await settle();
    expect(order).toEqual([]);
    expect(counts(state)).toEqual({});
    await log.commit();
    await Promise.all(writes);
    expect(order).toEqual([1, 2, 3]);
    expect(counts(state)).toEqual({ a: 3 });
  });

  test("of one turn are one append, and a decision's records stay together", async () => {
    const { state, log } = await openLeading();
    for (const key of ["a", "b", "c"]) void add(state, key);
    void state.write(() => ({ records: [{ add: "d", by: 1 }, { double: "d" }], response: undefined }));
    await settle();
    expect(log.appends).toBe(1);
    expect(log.batches.map((batch) => batch.records.length)).toEqual([1, 1, 1, 2]);
  });

  test("of later turns go on while earlier ones are being written", async () => {
    const { state, log } = await openLeading();
    const first = outcome(add(state, "a"));
    await settle();
    const second = outcome(add(state, "a"));
    await settle();
    expect(log.appends).toBe(2);
    await log.commit(0);
    await settle();
    expect([first.value, second.value]).toEqual([1, "waiting"]);
    expect(counts(state)).toEqual({ a: 1 });
    await log.commit(1);
    await settle();
    expect(second.value).toBe(2);
  });

  test("that write nothing, and refusals, wait for the state that they saw", async () => {
    const { state, log } = await openLeading();
    void add(state, "a");
    await settle();
    const read = outcome(state.write(({ counts: seen }) => ({ records: [], response: seen.get("a") })));
    const refused = outcome(
      state.write(({ counts: seen }) =>
        seen.has("a") ? refuse("TOPIC_ALREADY_EXISTS") : refuse("UNKNOWN_SERVER_ERROR"),
      ),
    );
    await settle();
    expect([read.value, refused.value]).toEqual(["waiting", "waiting"]);
    await log.commit();
    await settle();
    expect([read.value, refused.value]).toEqual([1, "TOPIC_ALREADY_EXISTS"]);
    const atOnce = outcome(state.write(() => refuse("INVALID_REQUEST")));
    await settle();
    expect(atOnce.value).toBe("INVALID_REQUEST");
    expect(log.appends).toBe(1);
  });

  test("a decision that throws is its caller's alone", async () => {
    const { state, log, runtime } = await openLeading();
    const broken = outcome(
      state.write(() => {
        throw new TypeError("broken decision");
      }),
    );
    const fine = add(state, "a");
    await settle();
    await log.commit();
    expect(await fine).toBe(1);
    expect(broken.value).toBeInstanceOf(TypeError);
    expect(runtime.failures).toEqual([]);
  });

  test("are told where they are, and draw time and ids from the environment only", async () => {
    const { state, log, runtime } = await openLeading();
    const seen = [0, 1].map(() =>
      state.write((_, env) => ({
        records: [{ add: env.newUuid(), by: 1 }],
        response: { ...env, uuid: env.newUuid() },
      })),
    );
    await settle();
    await log.commit();
    const [first, second] = await Promise.all(seen);
    expect(first).toMatchObject({ baseOffset: 0, epoch: 1, nowMs: runtime.clock.nowMs() });
    expect(second?.baseOffset).toBe(1);
    expect(first?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first?.uuid).not.toBe(second?.uuid);
  });

  test("where each record has an offset, replay gets it", async () => {
    const { state, log } = await openLeading(new MemoryCommitLog({ offsetPerRecord: true }));
    void state.write(() => ({
      records: [
        { add: "a", by: 1 },
        { add: "b", by: 1 },
        { add: "c", by: 1 },
      ],
      response: 0,
    }));
    const next = state.write((_, env) => ({ records: [], response: env.baseOffset }));
    await settle();
    await log.commit();
    expect(await next).toBe(3);
    expect(state.image).toMatchObject({ offset: 2, epoch: 1, state: { lastOffset: 2 } });
  });
});

describe("bounds", () => {
  test("a full queue refuses, and takes again when it has room", async () => {
    const { state, log } = await openLeading(new MemoryCommitLog(), { queuedMax: 3 });
    const seen = [1, 2, 3, 4].map(() => outcome(add(state, "a")));
    await settle();
    await log.commit();
    await settle();
    expect(seen.map((s) => s.value)).toEqual([1, 2, 3, "THROTTLING_QUOTA_EXCEEDED"]);
    void add(state, "a");
    await settle();
    expect(log.appends).toBe(2);
  });

  test("with enough decisions parked, the queue waits for a commit", async () => {
    const { state, log } = await openLeading(new MemoryCommitLog(), { parkedMax: 2 });
    for (let i = 0; i < 5; i++) void add(state, "a");
    await settle();
    expect(log.batches.length).toBe(2);
    await log.commit();
    await settle();
    expect(log.batches.length).toBe(4);
    await log.commit();
    await settle();
    expect(log.batches.length).toBe(5);
  });

  test("with enough bytes parked, the queue waits for a commit", async () => {
    const { state, log } = await openLeading(new MemoryCommitLog(), { parkedBytesMax: 30, groupBytesMax: 1 });
    const seen = [1, 2, 3, 4, 5].map(() => outcome(add(state, "a")));
    await settle();
    expect(log.batches.length).toBe(2);
    await log.commit(0);
    await settle();
    expect(log.batches.length).toBe(3);
    await log.commit();
    await settle();
    expect(log.batches.length).toBe(5);
    await log.commit();
    expect(seen.map((s) => s.value)).toEqual([1, 2, 3, 4, 5]);
  });

  test("a group ends at its size, a turn at its number of decisions", async () => {
    const sized = await openLeading(new MemoryCommitLog(), { groupBytesMax: 30 });
    for (let i = 0; i < 6; i++) void add(sized.state, "a");
    await settle();
    expect(sized.log.appends).toBe(3);
    const counted = await openLeading(new MemoryCommitLog(), { decisionsPerTurnMax: 4 });
    for (let i = 0; i < 6; i++) void add(counted.state, "a");
    await settle();
    expect(counted.log.appends).toBe(2);
  });
});

describe("when appending goes wrong", () => {
  test("go around what the log puts in for itself", async () => {
    const { state, log } = await openLeading();
    const writes: ReturnType<typeof outcome>[] = [];
    for (const by of [1, 2, 3]) {
      writes.push(outcome(add(state, "a", by)));
      await settle();
      log.add([[]], 1);
    }
    expect(log.batches.map(({ baseOffset, records }) => [baseOffset, records.length])).toEqual([
      [0, 1],
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 1],
      [5, 0],
    ]);
    await log.commit(3);
    expect(writes.map(({ value }) => value)).toEqual([1, 3, "waiting"]);
    await log.commit();
    expect(writes.map(({ value }) => value)).toEqual([1, 3, 6]);
    expect(state.image).toMatchObject({ offset: 5, state: { lastOffset: 4 } });
  });

  test("an append that was refused takes its own decisions back, and no others", async () => {
    const { state, log } = await openLeading();
    const kept = outcome(add(state, "a", 5));
    await settle();
    log.nextAppend = () => {
      throw new Error("log is full");
    };
    const lost = outcome(add(state, "a", 100));
    await settle();
    expect([kept.value, lost.value]).toEqual(["waiting", "NOT_CONTROLLER"]);
    const later = outcome(add(state, "a", 1));
    await settle();
    await log.commit();
    await settle();
    expect([kept.value, later.value]).toEqual([5, 6]);
    expect(counts(state)).toEqual({ a: 6 });
  });

  test("an unknown outcome fails all that is parked; what the log kept comes back", async () => {
    const { state, log } = await openLeading();
    log.nextAppend = () => Promise.reject(new Error("connection lost"));
    const parked = outcome(add(state, "a"));
    await settle();
    expect(parked.value).toBe("NOT_CONTROLLER");
    expect(state.role).toBe("following");
    await expect(add(state, "b")).rejects.toMatchObject({ id: "NOT_CONTROLLER" });
    await log.commit();
    expect(counts(state)).toEqual({ a: 1 });
    log.lead(2);
    const again = add(state, "a");
    await settle();
    await log.commit();
    expect(await again).toBe(2);
  });

  test("leadership lost: uncommitted decisions are gone, with the queue behind them", async () => {
    const { state, log } = await openLeading(new MemoryCommitLog(), { parkedMax: 2 });
    const seen = [1, 2, 3].map(() => outcome(add(state, "a")));
    await settle();
    log.resign();
    log.cut();
    await settle();
    expect(seen.map((s) => s.value)).toEqual(Array(3).fill("NOT_CONTROLLER"));
    expect(counts(state)).toEqual({});
    log.add([[codec.encode({ add: "a", by: 7 })]], 2);
    await log.commit();
    expect(counts(state)).toEqual({ a: 7 });
  });

  test("a group that is committed in part is kept in part", async () => {
    const { state, log, commits } = await openLeading();
    const seen = [1, 2, 3].map((by) => outcome(add(state, "a", by)));
    await settle();
    await log.commit(1);
    await settle();
    expect(counts(state)).toEqual({});
    expect((await log.takeSnapshot()).chunks.flat().map(codec.decode)).toEqual([{ add: "a", by: 3 }]);
    log.resign();
    log.cut();
    await settle();
    expect(seen.map((s) => s.value)).toEqual(Array(3).fill("NOT_CONTROLLER"));
    expect(counts(state)).toEqual({ a: 3 });
    expect(state.image.offset).toBe(1);
    expect(commits.flatMap((commit) => commit.batches ?? []).map((batch) => batch.baseOffset)).toEqual([
      0, 1,
    ]);
  });

  test("a log that breaks leaves nobody waiting, for an answer or for a leader", async () => {
    const { state, log } = await openLeading();
    const parked = outcome(add(state, "a"));
    await settle();
    const queued = outcome(add(state, "b"));
    const broken = new Error("disk is gone");
    log.fail(broken);
    await settle();
    expect([parked.value, queued.value]).toEqual(["NOT_CONTROLLER", "NOT_CONTROLLER"]);
    expect(state.role).toBe("failed");
    await expect(state.untilLeading()).rejects.toMatchObject({ id: "NOT_CONTROLLER", cause: broken });
  });

  test("a replay that throws is a bug: the node fails, nobody is left waiting", async () => {
    const { state, runtime } = await openLeading();
    const seen = outcome(add(state, "a", 2_000_000));
    const behind = outcome(add(state, "b"));
    await settle();
    expect(state.role).toBe("failed");
    expect(runtime.failures).toEqual([new InvariantViolation("counter out of range")]);
    expect([seen.value, behind.value]).toEqual(["NOT_CONTROLLER", "NOT_CONTROLLER"]);
    await expect(add(state, "c")).rejects.toMatchObject({ id: "NOT_CONTROLLER" });
  });
});

describe("images", () => {
  const records = fc.array(
    fc.oneof(
      fc.record({ add: fc.constantFrom("a", "b", "c"), by: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ double: fc.constantFrom("a", "b", "c") }),
      fc.record({ drop: fc.constantFrom("a", "b", "c") }),
    ),
    { minLength: 1, maxLength: 7 },
  );

  /** Every way of cutting a list into runs. */
  function* cuts<T>(list: readonly T[]): Generator<readonly (readonly T[])[]> {
    for (let mask = 0; mask < 2 ** (list.length - 1); mask++) {
      const runs: T[][] = [[]];
      list.forEach((item, i) => {
        runs.at(-1)!.push(item);
        if (i < list.length - 1 && (mask >> i) & 1) runs.push([]);
      });
      yield runs;
    }
  }

  test("one list of records makes the same image, in whatever batches, on leaders and followers", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const seen = new Set<string>();
        for (const runs of cuts(list)) {
          const leading = await openLeading(new MemoryCommitLog({ offsetPerRecord: true }));
          const following = await open(new MemoryCommitLog({ offsetPerRecord: true }));
          for (const run of runs) {
            void leading.state.write(() => ({ records: run, response: undefined }));
            await Promise.resolve();
            following.log.add([run.map(codec.encode)], 1);
            if (run.length > 1) await following.log.commit();
          }
          await settle();
          await leading.log.commit();
          await following.log.commit();
          for (const { state } of [leading, following]) {
            const { offset, epoch } = state.image;
            seen.add(
              JSON.stringify([offset, epoch, state.image.state.lastOffset, [...state.image.state.counts]]),
            );
          }
        }
        expect(seen.size).toBe(1);
      }),
      { numRuns: 15 },
    );
  });

  test("a snapshot, read back, is the same state, and what follows goes on from it", async () => {
    const { state, log } = await openLeading();
    for (let i = 0; i < 5_000; i++) void add(state, `counter-${i % 3_000}`, i);
    await settle();
    await log.commit();
    const snapshot = await log.takeSnapshot();
    expect(snapshot.chunks.length).toBeGreaterThan(1);
    const second = new MemoryCommitLog();
    second.stored = snapshot;
    const loaded = await open(second);
    expect(loaded.state.role).toBe("following");
    expect([...loaded.state.image.state.counts]).toEqual([...state.image.state.counts]);
    expect(loaded.state.image.offset).toBe(state.image.offset);
    second.lead(2);
    const next = add(loaded.state, "counter-0", 1);
    await settle();
    await second.commit();
    expect(await next).toBe(counts(state)["counter-0"]! + 1);
  });

  test("publishers get the image before and after, with the records between, and older images stay", async () => {
    const { state, log, commits } = await openLeading();
    void add(state, "a", 1);
    await settle();
    await log.commit();
    void add(state, "a", 1);
    void add(state, "b", 1);
    await settle();
    await log.commit();
    expect(
      commits.map(({ image, previous, batches }) => [previous.offset, image.offset, batches?.length]),
    ).toEqual([
      [-1, 0, 1],
      [0, 2, 2],
    ]);
    expect(commits[1]!.batches![0]).toMatchObject({
      decoded: [{ add: "a", by: 1 }],
      baseOffset: 1,
      epoch: 1,
    });
    expect(Buffer.from(commits[1]!.batches![1]!.records[0]!).toString()).toBe('{"add":"b","by":1}');
    expect(Object.fromEntries(commits[0]!.image.state.counts)).toEqual({ a: 1 });
    expect(Object.fromEntries(commits[1]!.image.state.counts)).toEqual({ a: 2, b: 1 });
  });
});

describe("a follower with much to catch up with", () => {
  const many = Array.from({ length: 60 }, (_, i) => codec.encode({ add: `${i}`.padStart(500, "x"), by: i }));

  test("replays it in slices, and publishes it as one step", async () => {
    const { state, log, runtime, commits } = await open();
    let slices = 0;
    const seenInBetween: number[] = [];
    const { executor } = runtime;
    const run = executor.run.bind(executor);
    executor.run = (task, options) =>
      run(
        (function* () {
          for (;;) {
            const step = task.next();
            if (step.done) return step.value;
            slices++;
            seenInBetween.push(state.image.offset);
            yield;
          }
        })(),
        options,
      );
    log.add([many.slice(0, 30), many.slice(30)], 1);
    await log.commit();
    expect(slices).toBeGreaterThan(5);
    expect(new Set(seenInBetween)).toEqual(new Set([-1]));
    expect(state.image).toMatchObject({ offset: 1, epoch: 1 });
    expect(state.image.state.counts.size).toBe(60);
    expect(state.image.state.lastOffset).toBe(1);
    expect(commits.map(({ batches }) => batches?.map(({ decoded }) => decoded.length))).toEqual([[30, 30]]);
    log.lead(2);
    expect(state.role).toBe("leading");
  });

  test("fails, and with it the node, when a record cannot be replayed", async () => {
    const { state, log, runtime } = await open();
    log.add([[...many, codec.encode({ add: "a", by: 2_000_000 })]], 1);
    await log.commit();
    expect(runtime.failures).toEqual([expect.objectContaining({ message: "counter out of range" })]);
    expect(state.role).toBe("failed");
    expect(state.image.offset).toBe(-1);
  });
});

describe("timers", () => {
  test("are armed when they are committed, and fire as ordinary writes", async () => {
    const { state, log, runtime } = await openLeading();
    const expire = () => ({ records: [{ drop: "session" }], response: undefined });
    void state.write(() => ({
      records: [{ add: "session", by: 1 }],
      response: undefined,
      timers: [{ key: "session", delayMs: 100, decide: expire }],
    }));
    await settle();
    runtime.clock.advance(1_000);
    await settle();
    expect(log.appends).toBe(1);
    await log.commit();
    runtime.clock.advance(99);
    await settle();
    expect(log.appends).toBe(1);
    runtime.clock.advance(1);
    await settle();
    await log.commit();
    expect(counts(state)).toEqual({});
  });

  test("are replaced and cancelled by key, and end with leadership", async () => {
    const { state, log, runtime } = await openLeading();
    const fire = () => ({ records: [{ add: "fired", by: 1 }], response: undefined });
    const arm = (key: string, delayMs: number) =>
      state.write(() => ({ records: [], response: undefined, timers: [{ key, delayMs, decide: fire }] }));
    await Promise.all([arm("a", 10), arm("a", 50), arm("b", 10), arm("c", 60)]);
    await state.write(() => ({ records: [], response: undefined, timers: [{ key: "b", cancel: true }] }));
    runtime.clock.advance(40);
    await settle();
    expect(log.appends).toBe(0);
    runtime.clock.advance(10);
    await settle();
    expect(log.appends).toBe(1);
    log.resign();
    expect(runtime.clock.timers).toBe(0);
  });
});

describe("roles", () => {
  test("are told with their epoch, and waited for", async () => {
    const { state, log } = await open();
    const seen: string[] = [];
    state.onRoleChange((role, epoch) => seen.push(`${role} ${epoch}`));
    await expect(add(state, "a")).rejects.toMatchObject({ id: "NOT_CONTROLLER" });
    const leading = state.untilLeading();
    log.lead(4);
    await leading;
    await state.untilLeading();
    log.resign();
    const never = outcome(state.untilLeading());
    await state.close();
    await settle();
    expect(seen).toEqual(["leading 4", "following 0", "closed 0"]);
    expect(never.value).toBe("NOT_CONTROLLER");
    expect(log.closed).toBe(true);
  });

  test("while a snapshot loads, writes are told so", async () => {
    const { state, log, commits } = await open();
    const gate = Promise.withResolvers<void>();
    const chunks = [[codec.encode({ add: "a", by: 3 })]];
    const installing = log.install({ position: { offset: 9, epoch: 2 }, chunks }, gate.promise);
    expect(state.role).toBe("loading");
    await expect(add(state, "a")).rejects.toMatchObject({ id: "COORDINATOR_LOAD_IN_PROGRESS" });
    gate.resolve();
    await installing;
    expect(state.role).toBe("following");
    expect(state.image).toMatchObject({ offset: 9, epoch: 2 });
    expect(commits.at(-1)).toMatchObject({ image: { offset: 9 }, batches: undefined });
    expect(counts(state)).toEqual({ a: 3 });
  });

  test("a timer that commits while the state closes is not armed", async () => {
    const { state, log, runtime } = await openLeading();
    const decide = () => ({ records: [], response: undefined });
    const timers = [{ key: "late", delayMs: 1, decide }];
    const written = state.write(() => ({ records: [{ add: "a", by: 1 }], response: "done", timers }));
    await settle();
    log.close = () => log.commit();
    await state.close();
    expect(await written).toBe("done");
    expect(runtime.clock.timers).toBe(0);
  });

  test("one that resigns while it closes takes nothing of the next leader's for its own", async () => {
    const { state, log } = await openLeading();
    const parked = outcome(add(state, "a", 5));
    await settle();
    log.close = async () => {
      log.resign();
      log.batches.length = 0;
      log.add([[codec.encode({ add: "b", by: 2 })]], 7);
      await log.commit();
    };
    await state.close();
    await settle();
    expect(parked.value).toBe("NOT_CONTROLLER");
    expect(counts(state)).toEqual({ b: 2 });
    expect(state.role).toBe("closed");
  });

  test("one that was about to lead when it was closed stays closed", async () => {
    const { state, log } = await open();
    log.close = async () => log.lead(4);
    await state.close();
    expect(state.role).toBe("closed");
    await expect(add(state, "a")).rejects.toMatchObject({ id: "NOT_CONTROLLER" });
  });

  test("closing answers everybody: what the log still commits as done, the rest as not", async () => {
    const { state, log } = await openLeading();
    const parked = outcome(add(state, "a"));
    await settle();
    const queued = outcome(add(state, "b"));
    await state.close();
    await settle();
    expect([parked.value, queued.value]).toEqual(["NOT_CONTROLLER", "NOT_CONTROLLER"]);
    expect(log.appends).toBe(1);
  });
});
