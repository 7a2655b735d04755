import { connect, type Socket } from "node:net";
import type { UnavailableReason } from "@millrace/runtime";

const dialTimeoutMs = 1_000;

/**
 * Why a node cannot be reached, found out by dialling it: grpc-js says so only in the text of its errors.
 * `broken` when it does answer (again). Never rejects: what cannot be dialled cannot be reached.
 */
export function dial(host: string, port: number): Promise<UnavailableReason> {
  return new Promise((resolve) => {
    let socket: Socket;
    try {
      socket = connect({ host, port, timeout: dialTimeoutMs });
    } catch {
      resolve("timeout"); // no address at all, a port above 65535 for example
      return;
    }
    const settle = (reason: UnavailableReason): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => settle("broken"));
    socket.once("timeout", () => settle("timeout"));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      settle(error.code === "ECONNREFUSED" ? "refused" : "timeout");
    });
  });
}
