import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { controller, directoryOf, obliging, quorum, refusing } from "../testing/quorum.ts";
import { removeVoter } from "./remove-voter.ts";

const removed = `removed: controller 3, with directory ${directoryOf(3)}, is no voter any more`;

test("the directory of the voter is looked up", async () => {
  const asked: unknown[] = [];
  expect(await removeVoter(obliging(asked), quorum(), 3)).toBe(removed);
  expect(asked).toEqual([{ nodeId: 3, directoryId: directoryOf(3) }]);
});

test("the only voter stays", async () => {
  const removing = removeVoter(obliging([]), quorum({ voters: [controller(1)] }), 1);
  await expect(removing).rejects.toThrow("controller 1 is the only voter; add another one before");
});

test("one that is gone although the answer was lost is removed", async () => {
  const after = quorum({ voters: [controller(1), controller(2)] });
  expect(await removeVoter(refusing(new ApiError("VOTER_NOT_FOUND"), after), quorum(), 3)).toBe(removed);
});

test("one that is still there was not removed", async () => {
  const error = new ApiError("REQUEST_TIMED_OUT", { detail: "another change is not finished yet" });
  const says =
    "controller 3 was not removed: another change is not finished yet; see that a majority of the voters runs, and try again";
  await expect(removeVoter(refusing(error, quorum()), quorum(), 3)).rejects.toThrow(says);
  await expect(removeVoter(refusing(error, undefined), quorum(), 3)).rejects.toThrow(says);
});

test("any other refusal is its own", async () => {
  const error = new ApiError("CLUSTER_AUTHORIZATION_FAILED");
  await expect(removeVoter(refusing(error, undefined), quorum(), 3)).rejects.toBe(error);
});
