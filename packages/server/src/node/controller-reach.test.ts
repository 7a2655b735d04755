import type { ControllerAddress } from "@millrace/controller";
import { type Logger, RpcUnavailableError, SimulatedClock, silentLogger } from "@millrace/runtime";
import { expect, test } from "vitest";
import { ControllerReach } from "./controller-reach.ts";

const one = { host: "10.0.0.1", port: 9094 };
const two = { host: "::2", port: 9094 };
const learned = { host: "10.0.0.3", port: 9094 };
const refused = new RpcUnavailableError("refused");

function reachOf(addresses: readonly ControllerAddress[]) {
  const clock = new SimulatedClock();
  const lines: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (_, message) => lines.push(message),
    warn: (fields) => lines.push(fields),
  };
  const config = "controller.quorum.bootstrap.servers";
  const reach = new ControllerReach({ addresses, config, clock, logger });
  return { reach, clock, lines };
}

const reachOfTwo = () => reachOf([one, two]);

test("while no controller answers, their addresses and their config are told: after two seconds, and every half minute", () => {
  const { reach, clock, lines } = reachOfTwo();
  const failures: number[] = [];
  for (let second = 0; second < 70; second++) {
    reach.watcher(second % 2 === 0 ? one : two).failed(refused);
    failures.push(lines.length);
    clock.advance(1_000);
  }
  expect(failures.flatMap((count, second) => (count > (failures[second - 1] ?? 0) ? second : []))).toEqual([
    2, 32, 62,
  ]);
  expect(lines[0]).toEqual({
    controllers: ["10.0.0.1:9094", "[::2]:9094"],
    config: "controller.quorum.bootstrap.servers",
    last: "10.0.0.1:9094: nothing listens at the peer's address",
  });
});

test("one that fails is no news while another has not been tried, or answers", () => {
  const { reach, clock, lines } = reachOfTwo();
  for (let second = 0; second < 10; second++) {
    reach.watcher(one).failed(refused);
    reach.watcher(learned).failed(refused);
    clock.advance(1_000);
  }
  reach.watcher(two).answered();
  reach.watcher(two).failed(refused);
  reach.watcher(one).failed(refused);
  expect(lines).toEqual([]);
  expect(reach.hasAnswered).toBe(true);
});

test("a node that was told of none, since it is a controller itself, misses none", () => {
  const { reach, clock, lines } = reachOf([]);
  for (let second = 0; second < 10; second++) {
    reach.watcher(learned).failed(refused);
    clock.advance(1_000);
  }
  expect(lines).toEqual([]);
});

test("an answer ends it, and what comes later is news again", () => {
  const { reach, clock, lines } = reachOfTwo();
  const fail = (): void => {
    for (const address of [one, two, one]) {
      reach.watcher(address).failed(refused);
      clock.advance(2_000);
    }
  };
  fail();
  expect(reach.hasAnswered).toBe(false);
  for (const address of [learned, one]) reach.watcher(address).answered();
  clock.advance(30_000);
  fail();
  expect(lines).toEqual([
    expect.objectContaining({ config: "controller.quorum.bootstrap.servers" }),
    "controllers answer again",
    expect.objectContaining({ config: "controller.quorum.bootstrap.servers" }),
  ]);
});
