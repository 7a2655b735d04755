import { createHttpEndpoint, type PromMetrics } from "@millrace/runtime-node";
import type { CheckedNodeOptions } from "./check-node-options.ts";
import type { NodeParts } from "./node-parts.ts";
import type { Address } from "./role.ts";

export async function startHttp(
  { http }: CheckedNodeOptions,
  metrics: PromMetrics,
  status: { readonly ready: boolean },
  parts: NodeParts,
): Promise<Address | undefined> {
  if (http === false) return undefined;
  return await parts.add(
    createHttpEndpoint({
      ...http,
      metrics,
      health: () => undefined,
      ready: () => (status.ready ? undefined : "the node is starting or shutting down"),
    }),
  );
}
