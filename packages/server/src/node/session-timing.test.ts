import { expect, test } from "vitest";
import { sessionTiming } from "./session-timing.ts";
import { staticConfigs } from "./static-configs.ts";

const timingOf = (configs: Record<string, string>) => sessionTiming(staticConfigs(configs));

test("is what the configs say, or their defaults", () => {
  expect(timingOf({})).toEqual({ sessionTimeoutMs: 3_000, heartbeatIntervalMs: 500 });
  expect(timingOf({ "broker.session.timeout.ms": "9000", "broker.heartbeat.interval.ms": "2000" })).toEqual({
    sessionTimeoutMs: 9_000,
    heartbeatIntervalMs: 2_000,
  });
});

test("refuses what would end the session of a broker that lives", () => {
  expect(() => timingOf({ "broker.session.timeout.ms": "500" })).toThrow(
    "INVALID_CONFIG: broker.session.timeout.ms (500) must be greater than broker.heartbeat.interval.ms (500)",
  );
  expect(() => timingOf({ "broker.heartbeat.interval.ms": "0" })).toThrow(
    "INVALID_CONFIG: broker.heartbeat.interval.ms (0) must be at least 1",
  );
});
