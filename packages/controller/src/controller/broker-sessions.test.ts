import { SimulatedClock } from "@millrace/runtime";
import { expect, test } from "vitest";
import { BrokerSessions } from "./broker-sessions.ts";

function sessionsOf(clock: SimulatedClock): { sessions: BrokerSessions; expired: string[] } {
  const expired: string[] = [];
  const sessions = new BrokerSessions(clock, 3_000, (id, epoch) => expired.push(`${id}@${epoch}`));
  return { sessions, expired };
}

test("a session lasts from the last sign of life", () => {
  const clock = new SimulatedClock();
  const { sessions, expired } = sessionsOf(clock);
  sessions.touch(1, 10);
  clock.advance(2_000);
  sessions.touch(1, 10);
  clock.advance(2_999);
  expect(sessions.isLive(1)).toBe(true);
  clock.advance(1);
  expect(expired).toEqual(["1@10"]);
  expect(sessions.isLive(1)).toBe(false);
  clock.advance(10_000);
  expect(expired).toEqual(["1@10"]);
});

test("a new epoch is a new session", () => {
  const clock = new SimulatedClock();
  const { sessions, expired } = sessionsOf(clock);
  sessions.touch(1, 10);
  clock.advance(2_500);
  sessions.touch(1, 11);
  clock.advance(2_500);
  expect(expired).toEqual([]);
  clock.advance(500);
  expect(expired).toEqual(["1@11"]);
});

test("the process of a session is connected while one of its streams is open", () => {
  const clock = new SimulatedClock();
  const { sessions } = sessionsOf(clock);
  sessions.touch(1, 10);
  const closed = sessions.opened(1, 10);
  sessions.opened(2, 11);
  expect([1, 2, 3].map((id) => sessions.isConnected(id))).toEqual([true, false, false]);
  sessions.touch(1, 12); // another process took over
  expect(sessions.isConnected(1)).toBe(false);
  sessions.touch(1, 10);
  closed();
  expect(sessions.isConnected(1)).toBe(false);
});

test("a controller that stood still blames nobody", () => {
  const clock = new SimulatedClock();
  const { sessions, expired } = sessionsOf(clock);
  // The event loop is blocked by what runs just before the session's timer.
  clock.setTimer(2_900, () => stall(clock, 5_000));
  sessions.touch(1, 10);
  clock.advance(2_950);
  expect(expired).toEqual([]);
  clock.advance(8_000);
  expect(expired).toEqual(["1@10"]);
});

/** Time passes without a timer being run. */
function stall(clock: SimulatedClock, ms: number): void {
  const real = clock.monotonicMs.bind(clock);
  clock.monotonicMs = () => real() + ms;
}

test("sessions that are ended or cleared tell nothing", () => {
  const clock = new SimulatedClock();
  const { sessions, expired } = sessionsOf(clock);
  for (const id of [1, 2, 3]) sessions.touch(id, 1);
  sessions.end(1);
  sessions.clear();
  clock.advance(10_000);
  expect(expired).toEqual([]);
  expect(clock.timers).toBe(0);
});

test("a broker may go when all others know its successors", () => {
  const { sessions } = sessionsOf(new SimulatedClock());
  sessions.touch(1, 1, 5);
  sessions.touch(2, 2, 9);
  sessions.touch(3, 3, 8);
  expect(sessions.othersApplied(1, 8)).toBe(true);
  expect(sessions.othersApplied(1, 9)).toBe(false);
});
