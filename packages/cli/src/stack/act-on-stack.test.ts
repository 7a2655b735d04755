import { expect, test } from "vitest";
import { problemOf } from "./act-on-stack.ts";
import type { StackProcess } from "./stack-file.ts";

const process = (wanted: StackProcess["wanted"]) => ({ nodeId: 2, pid: 7, wanted });
const runs = { isPaused: false };
const isPaused = { isPaused: true };

test.each([
  ["kill", "running", runs, undefined],
  ["kill", "running", isPaused, undefined],
  ["kill", "killed", undefined, "does not run: it was killed; `millrace stack restart 2` starts it"],
  ["pause", "stopped", undefined, "does not run: it was stopped; `millrace stack restart 2` starts it"],
  ["resume", "running", undefined, "does not run: it died; `millrace stack restart 2` starts it"],
  ["pause", "running", runs, undefined],
  ["pause", "running", isPaused, "is paused already (pid 7)"],
  ["resume", "running", isPaused, undefined],
  ["resume", "running", runs, "is not paused: it runs (pid 7)"],
] as const)(
  "%s of a process that is to be %s: what is so is said, and nothing claimed",
  (action, wanted, found, says) => {
    expect(problemOf(action, process(wanted), found)).toBe(says);
  },
);
