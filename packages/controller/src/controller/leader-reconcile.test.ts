import { Owner, PersistentMap } from "@millrace/replicated-state";
import { InlineExecutor, SimulatedClock } from "@millrace/runtime";
import { expect, test } from "vitest";
import type { LeaderCursor } from "../decisions/partition-leaders.ts";
import { emptyMetadata } from "../image/metadata-state.ts";
import { settled } from "../testing/test-cluster.ts";
import { LeaderReconcile } from "./leader-reconcile.ts";

type Decided = { readonly next: LeaderCursor | undefined } | undefined;

/** Decisions that the test answers. */
function reconcileOf(isActive: () => boolean = () => true) {
  const asked: { readonly names: readonly string[]; readonly from: LeaderCursor }[] = [];
  const answers: ((decided: Decided) => void)[] = [];
  const clock = new SimulatedClock();
  const topicNames = PersistentMap.empty<string, string>().set("id", "t", new Owner());
  const reconcile = new LeaderReconcile({
    state: () => ({ ...emptyMetadata, topicNames }),
    isActive,
    decide: (names, from) => {
      asked.push({ names, from });
      return new Promise((resolve) => answers.push(resolve));
    },
    executor: new InlineExecutor(),
    clock,
  });
  const answer = async (decided: Decided): Promise<void> => {
    answers.shift()?.(decided);
    await settled();
  };
  return { reconcile, asked, answer, clock };
}

test("goes on where the last decision ended, until one says that it was the last", async () => {
  const { reconcile, asked, answer } = reconcileOf();
  expect(reconcile.settled).toBe(true);
  reconcile.ask();
  await settled();
  await answer({ next: { topic: 0, partition: 7 } });
  expect(asked).toEqual([
    { names: ["t"], from: { topic: 0, partition: 0 } },
    { names: ["t"], from: { topic: 0, partition: 7 } },
  ]);
  expect(reconcile.settled).toBe(false);
  await answer({ next: undefined });
  expect(reconcile.settled).toBe(true);
  expect(asked).toHaveLength(2);
});

test("what is asked for during a pass is one more pass", async () => {
  const { reconcile, asked, answer } = reconcileOf();
  for (let i = 0; i < 3; i++) reconcile.ask();
  await settled();
  reconcile.ask();
  await answer({ next: undefined });
  expect(asked).toHaveLength(2);
  expect(reconcile.settled).toBe(false);
  await answer({ next: undefined });
  expect(asked).toHaveLength(2);
  expect(reconcile.settled).toBe(true);
});

test("begins again a while after a decision could not be written", async () => {
  const { reconcile, asked, answer, clock } = reconcileOf();
  reconcile.ask();
  await settled();
  await answer({ next: { topic: 0, partition: 7 } });
  await answer(undefined);
  expect(asked).toHaveLength(2);
  clock.advance(100);
  await settled();
  expect(asked[2]?.from).toEqual({ topic: 0, partition: 0 });
  await answer({ next: undefined });
  expect(reconcile.settled).toBe(true);
});

test("a controller that is not active any more leaves it, and begins anew when it is asked again", async () => {
  let active = true;
  const { reconcile, asked, answer } = reconcileOf(() => active);
  reconcile.ask();
  await settled();
  active = false;
  await answer(undefined);
  expect(reconcile.settled).toBe(false);
  active = true;
  reconcile.ask();
  await settled();
  expect(asked).toHaveLength(2);
  await answer({ next: undefined });
  expect(reconcile.settled).toBe(true);
});
