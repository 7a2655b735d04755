import { expect, test } from "vitest";
import { waitUntil } from "../harness/index.ts";
import { outcomeOf } from "./outcome.ts";
import { QuorumUnderTest } from "./quorum-under-test.ts";
import { TopicCreator } from "./topic-creator.ts";

const KILLS = 4;
const CLIENTS = 4;

function startLoad({ bootstrap }: QuorumUnderTest): readonly TopicCreator[] {
  const options = { changesThem: true };
  return Array.from({ length: CLIENTS }, (_, at) => new TopicCreator(bootstrap, `client-${at}`, options));
}

async function untilAllGetOn(load: readonly TopicCreator[]): Promise<void> {
  const goals = load.map(({ acknowledged }) => acknowledged.size + 4);
  await waitUntil(() => load.every(({ acknowledged }, at) => acknowledged.size >= goals[at]!), {
    until: "every client got on",
  });
}

test("kill -9 of the active controller, again and again: nothing is lost or done twice, and all logs are the same", async () => {
  await using quorum = await QuorumUnderTest.start();
  const load = startLoad(quorum);
  for (let kill = 0; kill < KILLS; kill++) {
    await untilAllGetOn(load);
    const active = await quorum.active();
    quorum.kill(active);
    await untilAllGetOn(load);
    await quorum.restart(active);
  }
  const { there, acknowledged, doneTwice } = await outcomeOf(quorum, load);
  expect(there).toEqual(acknowledged);
  expect(doneTwice).toEqual([]);
});

test("an active controller that is stopped and goes on later steps down, and acknowledges nothing meanwhile", async () => {
  await using quorum = await QuorumUnderTest.start();
  const load = startLoad(quorum);
  await untilAllGetOn(load);
  const paused = await quorum.active();
  quorum.pause(paused);
  const next = await quorum.active();
  expect(next).not.toBe(paused);
  await untilAllGetOn(load);
  quorum.resume(paused);
  await untilAllGetOn(load);
  await quorum.caughtUp();
  expect(await quorum.stack.activeController()).toBe(next);
  const { there, acknowledged, doneTwice } = await outcomeOf(quorum, load);
  expect(there).toEqual(acknowledged);
  expect(doneTwice).toEqual([]);
});
