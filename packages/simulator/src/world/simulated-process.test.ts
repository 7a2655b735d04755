import { expect, test } from "vitest";
import { SimulatedProcess } from "./simulated-process.ts";

function setup() {
  const later: (() => void)[] = [];
  const process = new SimulatedProcess("n1", (event) => later.push(event));
  const seen: string[] = [];
  const see = (what: string) => process.enter(() => seen.push(what));
  const catchUp = (): void => {
    for (const event of later.splice(0)) event();
  };
  return { process, seen, see, catchUp };
}

test("a stalled process takes in later, in order, what came meanwhile", () => {
  const { process, seen, see, catchUp } = setup();
  see("a");
  process.stall();
  see("b");
  see("c");
  expect(seen).toEqual(["a"]);
  process.resume();
  catchUp();
  expect(seen).toEqual(["a", "b", "c"]);
});

test("stalled again before it caught up, it keeps the rest", () => {
  const { process, seen, see, catchUp } = setup();
  process.stall();
  see("a");
  process.resume();
  process.stall();
  catchUp();
  expect(seen).toEqual([]);
  process.resume();
  catchUp();
  expect(seen).toEqual(["a"]);
});

test("nothing reaches a process that has ended, not even what it was to catch up with", () => {
  const { process, seen, see, catchUp } = setup();
  process.stall();
  see("a");
  process.resume();
  process.end();
  catchUp();
  see("b");
  process.resume();
  catchUp();
  expect(seen).toEqual([]);
});

test("tells of its end once, whoever is still interested", () => {
  const { process } = setup();
  const told: string[] = [];
  process.onEnd(() => told.push("a"));
  process.onEnd(() => told.push("b"))();
  process.end();
  process.end();
  expect(told).toEqual(["a"]);
});
