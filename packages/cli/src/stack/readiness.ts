import { get } from "node:http";
import type { StackProcess } from "./stack-file.ts";

const TIMEOUT_MS = 2_000;

/** Whether the process says of itself that it serves. */
export function isReady({ host, ports }: StackProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host, port: ports.http, path: "/readyz", timeout: TIMEOUT_MS, agent: false });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
