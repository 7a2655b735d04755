import { Owner, PersistentMap } from "@millrace/replicated-state";
import { InlineExecutor, SimulatedClock } from "@millrace/runtime";
import { expect, test } from "vitest";
import { emptyMetadata } from "../image/metadata-state.ts";
import { settled } from "../testing/test-cluster.ts";
import { LeaderReconcile } from "./leader-reconcile.ts";

/** A list of topics that takes `decisions` to go through; each waits until the test says whether it was written. */
function reconcileOf(decisions: number, isActive: () => boolean = () => true) {
  const seen: string[] = [];
  const waiting: ((written: boolean) => void)[] = [];
  const clock = new SimulatedClock();
  const topicNames = PersistentMap.empty<string, string>().set("id", "t", new Owner());
  const reconcile = new LeaderReconcile({
    state: () => ({ ...emptyMetadata, topicNames }),
    isActive,
    decide: (pass) => {
      expect(pass.topicNames).toEqual(["t"]);
      if (pass.next !== undefined) {
        const { partition } = pass.next;
        seen.push(`${pass.leaderlessOnly ? "leaderless" : "all"} ${partition}`);
        pass.next = partition + 1 === decisions ? undefined : { topic: 0, partition: partition + 1 };
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    executor: new InlineExecutor(),
    clock,
  });
  /** Everything that waits is written, or nothing. */
  const answer = async (written: boolean): Promise<void> => {
    for (const resolve of waiting.splice(0)) resolve(written);
    await settled();
  };
  return { reconcile, seen, answer, clock };
}

const numbered = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${kind} ${i}`);

test("goes through all topics, a few decisions at a time: first those without a leader, then all", async () => {
  const { reconcile, seen, answer } = reconcileOf(8);
  expect(reconcile.settled).toBe(true);
  reconcile.ask();
  await settled();
  expect(seen).toEqual(numbered("leaderless", 6));
  await answer(true);
  expect(seen).toEqual(numbered("leaderless", 8));
  await answer(true);
  expect(seen).toEqual([...numbered("leaderless", 8), ...numbered("all", 6)]);
  await answer(true);
  expect(reconcile.settled).toBe(false);
  await answer(true);
  expect(reconcile.settled).toBe(true);
  expect(seen).toEqual([...numbered("leaderless", 8), ...numbered("all", 8)]);
});

test("what is asked for meanwhile is done again", async () => {
  const { reconcile, seen, answer } = reconcileOf(1);
  for (let i = 0; i < 3; i++) reconcile.ask();
  await settled();
  reconcile.ask();
  await answer(true);
  await answer(true);
  expect(seen).toEqual(["leaderless 0", "all 0", "leaderless 0"]);
  expect(reconcile.settled).toBe(false);
  await answer(true);
  await answer(true);
  expect(seen).toEqual(["leaderless 0", "all 0", "leaderless 0", "all 0"]);
  expect(reconcile.settled).toBe(true);
});

test("begins again a while after a decision could not be written", async () => {
  const { reconcile, seen, answer, clock } = reconcileOf(2);
  reconcile.ask();
  await settled();
  await answer(false);
  expect(seen).toEqual(numbered("leaderless", 2));
  clock.advance(100);
  await settled();
  expect(seen).toEqual([...numbered("leaderless", 2), ...numbered("leaderless", 2)]);
  await answer(true);
  await answer(true);
  expect(reconcile.settled).toBe(true);
});

test("a controller that is not active any more leaves it, and begins anew when it is asked again", async () => {
  let active = true;
  const { reconcile, seen, answer } = reconcileOf(1, () => active);
  reconcile.ask();
  await settled();
  active = false;
  await answer(false);
  expect(reconcile.settled).toBe(false);
  active = true;
  reconcile.ask();
  await settled();
  expect(seen).toEqual(["leaderless 0", "leaderless 0"]);
  await answer(true);
  await answer(true);
  expect(reconcile.settled).toBe(true);
});
