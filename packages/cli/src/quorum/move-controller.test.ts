import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { before, controller, obliging, quorum, refusing } from "../testing/quorum.ts";
import { moveController } from "./move-controller.ts";

test("to the one that is named, or the one that the quorum finds best", async () => {
  const asked: unknown[] = [];
  expect(await moveController(obliging(asked), quorum(), 3)).toBe(
    "moved: controller 3 is the active one, 1 was",
  );
  expect(await moveController(obliging(asked, 2), quorum())).toBe(
    "moved: controller 2 is the active one, 1 was",
  );
  expect(asked).toEqual([3, undefined]);
});

test("nowhere when it is there", async () => {
  const asked: unknown[] = [];
  expect(await moveController(obliging(asked), quorum(), 1)).toBe("controller 1 is the active one already");
  expect(asked).toEqual([]);
});

test("nowhere without another voter", async () => {
  const alone = quorum({ voters: [controller(1)], observers: [controller(2)] });
  await expect(moveController(obliging([]), alone)).rejects.toThrow(
    "there is no other voter that could take",
  );
  await expect(moveController(obliging([]), alone, 2)).rejects.toThrow(
    "controller 2 follows without a vote; the voters are 1",
  );
});

test("who does not take over is named, with how far behind it is", async () => {
  const behind = controller(3, { logEndOffset: 93, lastFetchTimestampMs: before(61_000) });
  const after = quorum({ voters: [controller(1), controller(2), behind] });
  const late = new ApiError("REQUEST_TIMED_OUT");
  await expect(moveController(refusing(late, after), quorum(), 3)).rejects.toThrow(
    "controller 3 (7 records behind, last heard from 1 min ago) did not take over, controller 1 is active; ",
  );
  await expect(moveController(refusing(late, undefined), quorum())).rejects.toThrow(
    "the voter that was to did not take over, controller 1 is active; ",
  );
});
