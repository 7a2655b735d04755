import { get } from "node:http";
import { text } from "node:stream/consumers";
import type { StackProcess } from "./stack-file.ts";

const TIMEOUT_MS = 2_000;
const ACTIVE = /^millrace_controller_active 1$/m;

/** Whether a controller says of itself that it is the active one. One that was deposed while it stood still may say so for a moment. */
export function isActive({ host, ports, roles }: StackProcess): Promise<boolean> {
  if (!roles.includes("controller")) return Promise.resolve(false);
  return new Promise((resolve) => {
    const request = get({ host, port: ports.http, path: "/metrics", timeout: TIMEOUT_MS, agent: false });
    const no = (): void => resolve(false);
    request.on("response", (response) => {
      text(response).then((metrics) => resolve(ACTIVE.test(metrics)), no);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", no);
  });
}
