import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../entry.ts";
import { encodeVoters } from "../voters.ts";
import { EntryTail } from "./entry-tail.ts";
import { RaftLog } from "./raft-log.ts";
import { testVoter } from "./testing/core-network.ts";

const empty = {
  hardState: { term: 9, votedFor: undefined },
  snapshot: undefined,
  firstIndex: 1,
  lastIndex: 0,
};
const makeLog = () => new RaftLog({ ...empty, termStarts: [], votersEntries: [] });

function entry(index: number, term: number, voterIds?: readonly number[]): Entry {
  if (voterIds === undefined) return { index, term, kind: "data", payload: Buffer.from(`${index}`) };
  return { index, term, kind: "voters", payload: encodeVoters(voterIds.map((id) => testVoter(id))) };
}

type Step =
  | { readonly kind: "append"; readonly newTerm: boolean; readonly voterId: number | undefined }
  | { readonly kind: "truncate" | "compact" | "persist"; readonly fraction: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("append" as const),
        newTerm: fc.boolean(),
        voterId: fc.option(fc.nat(9), { nil: undefined, freq: 4 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("truncate", "compact", "persist"),
        fraction: fc.double({ min: 0, max: 0.99, noNaN: true }),
      }),
    },
  ),
  { maxLength: 60 },
) as fc.Arbitrary<readonly Step[]>;

test("a log knows of its entries what a plain list of them would", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const log = makeLog();
      let list: Entry[] = [];
      let floor = 0;
      for (const step of script) {
        const last = log.last;
        const at = step.kind === "append" ? 0 : floor + 1 + Math.floor(step.fraction * (last.index - floor));
        if (step.kind === "append") {
          const term = last.term + (step.newTerm || last.term === 0 ? 1 : 0);
          const made = entry(last.index + 1, term, step.voterId === undefined ? undefined : [step.voterId]);
          log.append(made);
          list.push(made);
        } else if (at > last.index) continue;
        else if (step.kind === "truncate") {
          const went = list.slice(at - 1).some(({ kind }) => kind === "voters");
          expect(log.truncate(at)).toBe(went);
          list = list.slice(0, at - 1);
        } else if (step.kind === "persist")
          log.persisted({ index: at, term: log.termAt(at) ?? 0 }, log.truncations);
        else {
          // Applied, and a snapshot was taken there.
          const { index, term } = list[at - 1]!;
          log.persisted({ index, term }, log.truncations);
          log.applied(index);
          log.compacted(index + 1);
          floor = index;
        }
        expect(log.last).toMatchObject({ index: list.length, term: list.at(-1)?.term ?? 0 });
        expect(log.stableIndex).toBeLessThanOrEqual(list.length);
        for (const { index, term } of list.slice(floor)) expect(log.termAt(index)).toBe(term);
        expect(log.termAt(list.length + 1)).toBeUndefined();
        const set = list.findLast(({ kind }) => kind === "voters");
        expect(log.voterSet?.index).toBe(set?.index);
        const hint = log.lastAtMost(list.length, Math.max(0, last.term - 1));
        const known = list.slice(floor).findLast(({ term }) => term <= last.term - 1);
        if (known !== undefined) expect(hint).toEqual({ index: known.index, term: known.term });
      }
    }),
    { numRuns: 300 },
  );
});

test("a snapshot that comes in replaces all of this log", () => {
  const log = makeLog();
  for (let index = 1; index <= 5; index++) log.append(entry(index, 1));
  log.install({ index: 9, term: 3, voters: [testVoter(7)] });
  expect(log.last).toEqual({ index: 9, term: 3 });
  expect([8, 9, 10].map((index) => log.termAt(index))).toEqual([undefined, 3, undefined]);
  expect(log.votersAt(9)).toEqual([testVoter(7)]);
  expect([log.canSendFrom(9), log.canSendFrom(10)]).toEqual([false, true]);
  log.append(entry(10, 4));
  expect(log.recent(10, 10, 100)).toEqual([entry(10, 4)]);
});

test("an index that was persisted in another term says nothing about this log", () => {
  const log = makeLog();
  for (let index = 1; index <= 3; index++) log.append(entry(index, 1));
  log.truncate(2);
  log.append(entry(2, 2));
  log.persisted({ index: 3, term: 1 }, 0);
  expect(log.stableIndex).toBe(0);
  log.persisted({ index: 2, term: 2 }, 1);
  expect(log.stableIndex).toBe(2);
});

test("the tail of a log keeps what it is told to, and drops the oldest of the rest", () => {
  const tail = new EntryTail();
  for (let index = 1; index <= 5_000; index++) tail.push(entry(index, 1));
  tail.evict(10, 0);
  expect(tail.firstIndex).toBe(11);
  tail.evict(5_000, tail.bytes / 2);
  const first = tail.firstIndex!;
  expect(first).toBeGreaterThan(2_000);
  expect(tail.slice(first, 5_000, 1).map(({ index }) => index)).toEqual([first]);
  expect(tail.slice(4_990, 4_992, 1_000).map(({ index }) => index)).toEqual([4_990, 4_991, 4_992]);
  tail.truncate(4_000);
  expect([tail.has(3_999), tail.has(4_000)]).toEqual([true, false]);
  tail.truncate(1);
  expect([tail.firstIndex, tail.bytes]).toEqual([undefined, 0]);
  tail.push(entry(1, 2));
  expect(tail.has(1)).toBe(true);
});
