import type { MetadataChanges, MetadataImage, TopicChange } from "@millrace/controller";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joinChanges, MetadataFollower } from "./metadata-follower.ts";

const image = (offset: number) => ({ offset }) as MetadataImage;

function changes(...topics: Partial<TopicChange>[]): MetadataChanges {
  const change = (topic: Partial<TopicChange>): TopicChange => ({
    id: "id",
    name: "t",
    created: false,
    deleted: false,
    partitions: new Set(),
    ...topic,
  });
  return {
    topics: new Map(topics.map((topic) => [topic.id ?? "id", change(topic)])),
    brokers: new Set(),
    configs: new Map(),
    features: false,
  };
}

test("applies one step at a time, joining those that come meanwhile", async () => {
  const applied: [number, string[]][] = [];
  const gates: (() => void)[] = [];
  const follower = new MetadataFollower(
    (next, { topics }) => {
      applied.push([next.offset, [...topics.keys()]]);
      return new Promise((resolve) => gates.push(resolve));
    },
    () => expect.unreachable(),
  );
  for (const [offset, id] of [
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ] as const)
    follower.offer(image(offset), changes({ id }));
  gates.shift()!();
  await Promise.resolve();
  await Promise.resolve();
  gates.shift()!();
  await follower.idle();
  expect(applied).toEqual([
    [1, ["a"]],
    [3, ["b", "c"]],
  ]);
  follower.offer(image(4), changes({ id: "d" }));
  gates.shift()!();
  await follower.idle();
  expect(applied.at(-1)).toEqual([4, ["d"]]);
});

test("stops at a step that cannot be applied, and says so once", async () => {
  const failures: unknown[] = [];
  let steps = 0;
  const follower = new MetadataFollower(
    async () => {
      steps++;
      throw new Error("no");
    },
    (error) => failures.push(error),
  );
  follower.offer(image(1), changes());
  await follower.idle();
  follower.offer(image(2), changes());
  await follower.idle();
  expect([steps, failures.length]).toEqual([1, 1]);
});

test("a topic that came and went within joined steps never was", () => {
  const joined = joinChanges(changes({ created: true }), changes({ deleted: true }));
  expect(joined.topics.size).toBe(0);
  const deleted = joinChanges(changes({ partitions: new Set([1]) }), changes({ deleted: true }));
  expect(deleted.topics.get("id")).toMatchObject({ deleted: true });
});

test("joined steps touch what the steps touched, in whatever groups they are joined", () => {
  const step = fc.array(fc.record({ id: fc.constantFrom("a", "b"), partition: fc.nat(5) }), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 6 }), fc.nat(), (steps, cut) => {
      const all = steps.map((topics) =>
        topics
          .map(({ id, partition }) => changes({ id, partitions: new Set([partition]) }))
          .reduce(joinChanges, changes()),
      );
      const middle = cut % steps.length;
      const inTwo = joinChanges(
        all.slice(0, middle).reduce(joinChanges, changes()),
        all.slice(middle).reduce(joinChanges, changes()),
      );
      const touched = (joined: MetadataChanges) =>
        [...joined.topics]
          .flatMap(([id, { partitions }]) => [...partitions].map((partition) => `${id}${partition}`))
          .sort();
      const expected = new Set(steps.flat().map(({ id, partition }) => `${id}${partition}`));
      expect(touched(inTwo)).toEqual([...expected].sort());
      expect(touched(all.reduce(joinChanges))).toEqual([...expected].sort());
    }),
  );
});
