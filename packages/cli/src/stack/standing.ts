import { get } from "node:http";
import { text } from "node:stream/consumers";
import type { StackProcess } from "./stack-file.ts";

const TIMEOUT_MS = 2_000;
const ACTIVE = /^millrace_controller_active 1$/m;
const NO_VOTER = /^millrace_controller_voter 0$/m;

/** What a controller is to its quorum, beyond being one of its voters. */
export type Standing = "active" | "no voter" | undefined;

/** As a controller says of itself. One that was deposed while it stood still may say for a moment that it is active. */
export function standingOf({ host, ports, roles }: StackProcess): Promise<Standing> {
  if (!roles.includes("controller")) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const request = get({ host, port: ports.http, path: "/metrics", timeout: TIMEOUT_MS, agent: false });
    const unknown = (): void => resolve(undefined);
    request.on("response", (response) => {
      text(response).then((metrics) => resolve(standingIn(metrics)), unknown);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", unknown);
  });
}

function standingIn(metrics: string): Standing {
  if (ACTIVE.test(metrics)) return "active";
  return NO_VOTER.test(metrics) ? "no voter" : undefined;
}
