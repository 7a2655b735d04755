import { type Logger, silentLogger } from "@millrace/runtime";
import { expect, test } from "vitest";
import { RepeatedFailure } from "./repeated-failure.ts";

test("a failure is a warning when it is news", () => {
  const told: string[] = [];
  const at = (level: string) => (fields: { error?: unknown }, message: string) =>
    told.push(`${level} ${message}: ${fields.error}`);
  const logger = { ...silentLogger, warn: at("warn"), debug: at("debug") } as Logger;
  const failure = new RepeatedFailure(logger, "trying again");
  for (const why of ["a", "a", "b", "b"]) failure.report(new Error(why));
  failure.over();
  failure.report(new Error("b"));
  expect(told).toEqual([
    "warn trying again: Error: a",
    "debug trying again: Error: a",
    "warn trying again: Error: b",
    "debug trying again: Error: b",
    "warn trying again: Error: b",
  ]);
});
