import { expect, test } from "vitest";
import { fencing, imageAt, registered, stateAfter, topic } from "../testing/metadata.ts";
import { leaderless, lostUnsettled, unsettled } from "./broker-rest.ts";

const state = stateAfter([registered(1, 1), registered(2, 2), ...topic([1, -1])]);
const goal = { offset: 10, heardAtMs: 500 };
const broker = {
  id: 1,
  isUp: true,
  isStopping: false,
  fenced: false,
  heardAtMs: 500,
  image: imageAt(10, state),
};

test("a broker that runs is at rest when it is in service and has all metadata", () => {
  expect(unsettled(state, broker, goal)).toBeUndefined();
  expect(unsettled(state, broker, { ...goal, offset: 11 })).toBe("has the metadata of 10, not 11");
  expect(unsettled(state, { ...broker, isUp: false }, goal)).toBe("is down");
  expect(unsettled(state, { ...broker, isStopping: true }, goal)).toBe("is about to stop");
  expect(unsettled(state, { ...broker, fenced: true }, goal)).toBe("takes itself for fenced");
  expect(unsettled(state, { ...broker, heardAtMs: 499 }, goal)).toBe("has been without an answer since 499");
  expect(unsettled(state, { ...broker, id: 3 }, goal)).toBe("is not registered");
  expect(unsettled(stateAfter([fencing(1, 1)], { before: state }), broker, goal)).toBe("is fenced");
});

test("one that is gone for good is, when it is fenced or was never there", () => {
  expect(lostUnsettled(state, { id: 1 })).toBe("is gone and not fenced");
  expect(lostUnsettled(stateAfter([fencing(1, 1)], { before: state }), { id: 1 })).toBeUndefined();
  expect(lostUnsettled(state, { id: 3 })).toBeUndefined();
});

test("partitions have leaders as long as somebody in sync is in service", () => {
  expect(leaderless(state)).toBe("nobody leads t-1");
  const nobody = stateAfter([fencing(1, 1), fencing(2, 2)], { before: state });
  expect(leaderless(nobody)).toBeUndefined();
});
