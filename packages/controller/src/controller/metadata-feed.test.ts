import type { MetadataFeedRequest } from "@millrace/proto/controller";
import { createSimulatedRuntime } from "@millrace/runtime";
import { expect, test } from "vitest";
import { emptyMetadata } from "../image/metadata-state.ts";
import { settled } from "../testing/test-cluster.ts";
import { defaultFeedLimits, MetadataFeed } from "./metadata-feed.ts";

const imageAt = (offset: number, epoch: number) => ({ state: emptyMetadata, offset, epoch });

/** The feed of a controller that has committed a decision at offset 1, then a leader's own entry at offset 2. */
function feedAfter(commits: "one commit" | "two commits"): MetadataFeed {
  const { executor, clocks } = createSimulatedRuntime();
  const feed = new MetadataFeed({
    image: () => imageAt(2, 2),
    executor,
    clock: clocks.liveness,
    isCurrent: () => true,
    limits: defaultFeedLimits,
    onSnapshot: () => {},
  });
  const batches = [{ baseOffset: 1, epoch: 1, records: [Uint8Array.of(1)], decoded: [] }];
  const [before, decided, led] = [imageAt(0, 0), imageAt(1, 1), imageAt(2, 2)];
  feed.onCommit({ image: before, previous: before, batches: undefined });
  if (commits === "one commit") {
    feed.onCommit({ image: led, previous: before, batches });
  } else {
    feed.onCommit({ image: decided, previous: before, batches });
    feed.onCommit({ image: led, previous: decided, batches: [] });
  }
  return feed;
}

test.each(["one commit", "two commits"] as const)(
  "a broker gets no record twice when it moves to a controller that had it in %s",
  async (commits) => {
    const feed = feedAfter(commits);
    const from = async (appliedOffset: bigint) => {
      const request = { appliedOffset } as MetadataFeedRequest;
      const { signal } = new AbortController();
      const following = feed.follow(request, signal);
      const { value } = await following.next();
      await following.return(undefined);
      return { lastOffset: value?.lastOffset, records: value?.records?.length };
    };
    expect(await from(0n)).toEqual({ lastOffset: 2n, records: 1 });
    expect(await from(1n)).toEqual({ lastOffset: 2n, records: 0 });
  },
);

test("a controller that hears from no leader gives no sign of life", async () => {
  const { executor, clocks, clock } = createSimulatedRuntime();
  let isCurrent = false;
  const feed = new MetadataFeed({
    image: () => imageAt(2, 2),
    executor,
    clock: clocks.liveness,
    isCurrent: () => isCurrent,
    limits: defaultFeedLimits,
    onSnapshot: () => {},
  });
  const request = { appliedOffset: 2n } as MetadataFeedRequest;
  const following = feed.follow(request, new AbortController().signal);
  let beats = 0;
  const beat = following.next().then(() => beats++);
  await settled();
  clock.advance(5_000);
  await settled();
  expect(beats).toBe(0);
  isCurrent = true;
  clock.advance(500);
  await beat;
  expect(beats).toBe(1);
  await following.return(undefined);
});
