import { createServer } from "node:net";
import type { ListenOptions, NetworkError } from "@millrace/runtime";
import { bindError } from "../../net/bind-error.ts";

/**
 * Why an address could not be bound: grpc-js gives only a text, so the system is asked again. `otherwise` is the
 * cause when it can be bound by now.
 */
export function bindFailure(address: ListenOptions, otherwise: unknown): Promise<NetworkError> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (cause) => resolve(bindError(address, cause)));
    server.listen(address, () => server.close(() => resolve(bindError(address, otherwise))));
  });
}
