import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { planStack } from "./plan-stack.ts";
import { standingOf } from "./standing.ts";

const [controller, broker] = planStack(
  "/stack",
  { controllers: 1, brokers: 1, coordinators: 0, host: "127.0.0.1", basePort: undefined, set: [] },
  9092,
);

let server: Server | undefined;
afterEach(() => server?.close());

/** A port at which these metrics are served, or nothing is when there are none. */
async function portOf(metrics: string | undefined): Promise<number> {
  const listening = createServer((_, response) => response.end(metrics));
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  if (metrics !== undefined) server = listening;
  else await new Promise((resolve) => listening.close(resolve));
  return port;
}

test.each([
  ["is active", "# HELP\nmillrace_controller_active 1\nmillrace_controller_voter 1\n", "active"],
  ["votes", "millrace_controller_active 0\nmillrace_controller_voter 1\nother 0\n", undefined],
  ["has no vote", "millrace_controller_active 0\nmillrace_controller_voter 0\nother 1\n", "no voter"],
  ["does not say", "millrace_controller_active_total 1\nmillrace_controller_voters 0\n", undefined],
  ["does not answer", undefined, undefined],
] as const)("a controller that %s", async (_, metrics, standing) => {
  const http = await portOf(metrics);
  expect(await standingOf({ ...controller!, ports: { ...controller!.ports, http } })).toBe(standing);
});

test("only a controller is asked", async () => {
  const http = await portOf("millrace_controller_active 1\n");
  expect(await standingOf({ ...broker!, ports: { ...broker!.ports, http } })).toBeUndefined();
});
