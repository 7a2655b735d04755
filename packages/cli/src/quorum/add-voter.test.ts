import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { before, controller, directoryOf, obliging, quorum, refusing } from "../testing/quorum.ts";
import { addVoter } from "./add-voter.ts";

const following = quorum({ observers: [controller(4)] });
const added = `added: controller 4 at c4:9094 is a voter, with directory ${directoryOf(4)}`;
const late = new ApiError("REQUEST_TIMED_OUT", { detail: "Node 4 does not answer at c4:9094." });

test("the quorum is asked for the observer with all that it knows of it", async () => {
  const asked: unknown[] = [];
  expect(await addVoter(obliging(asked), following, 4)).toBe(added);
  expect(asked).toEqual([{ nodeId: 4, directoryId: directoryOf(4), endpoint: { host: "c4", port: 9094 } }]);
});

const behind = controller(4, { logEndOffset: 40, lastFetchTimestampMs: before(2_500) });

test.each([
  [
    "is behind",
    quorum({ observers: [behind] }),
    "it is 60 records behind (last heard from 2.5 s ago); try again when it has caught up",
  ],
  ["is gone", quorum(), "it does not follow the quorum any more; start it and try again"],
  ["has everything", following, "Node 4 does not answer at c4:9094; see that it runs, and try again"],
  ["cannot be asked about", undefined, "Node 4 does not answer at c4:9094; see that it runs, and try again"],
])("one that %s is not added, with the reason", async (_, after, says) => {
  const adding = addVoter(refusing(late, after), following, 4);
  await expect(adding).rejects.toMatchObject({
    name: "QuorumError",
    message: `controller 4 was not added: ${says}`,
  });
});

test("one that was added although the answer was lost is added", async () => {
  const after = quorum({ voters: [controller(1), controller(4)] });
  const error = new ApiError("DUPLICATE_VOTER");
  expect(await addVoter(refusing(error, after), following, 4)).toBe(added);
});
