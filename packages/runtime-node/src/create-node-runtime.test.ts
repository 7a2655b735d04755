import { expect, test } from "vitest";
import { createNodeRuntime } from "./create-node-runtime.ts";

test("the first failure ends the node, wherever it happens, and the others change nothing", async () => {
  const failures: unknown[] = [];
  const runtime = createNodeRuntime({
    onFail: (error) => {
      failures.push(error);
      throw new Error("handler of failures broken too");
    },
  });
  await new Promise<void>((resolve) => {
    runtime.executor.afterTurn(() => {
      resolve();
      throw new Error("first");
    });
  });
  runtime.fail(new Error("second"));
  expect(failures).toMatchObject([{ message: "first" }]);
});

test("domain time is the machine's unless given", () => {
  const real = createNodeRuntime({ onFail: () => {} });
  expect(real.clocks.domain).toBe(real.clocks.liveness);
  const virtual = createNodeRuntime({ onFail: () => {}, domainClock: real.clocks.domain });
  expect(virtual.clocks.domain).toBe(real.clocks.domain);
  expect(virtual.clocks.liveness).not.toBe(real.clocks.liveness);
});
