import { ControllerService } from "@millrace/proto/controller";
import type { RpcRouter } from "@millrace/runtime";
import { adminHandlers } from "./admin-handlers.ts";
import type { Controller } from "./controller.ts";
import { Forwarding } from "./forwarding.ts";
import { quorumHandlers } from "./quorum-handlers.ts";
import { sessionHandlers } from "./session-handlers.ts";

export interface ServedController {
  /** Forwards nothing from here on, and closes the channels for it. The controller is its owner's to close, after this. */
  close(): Promise<void>;
}

/** Adds `ControllerService` to a router. What only the active controller can do goes to it from any other. */
export function serveController(controller: Controller, router: RpcRouter): ServedController {
  const forwarding = new Forwarding(controller);
  const activeOnly = { ...adminHandlers(controller), ...quorumHandlers(controller) };
  router.add(ControllerService, { ...forwarding.over(activeOnly), ...sessionHandlers(controller) });
  return { close: () => forwarding.close() };
}
