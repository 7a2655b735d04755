import type { MessageInitShape } from "@bufbuild/protobuf";
import type { FeatureUpdateSchema } from "@millrace/proto/admin";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { changeMetadata, originOf } from "./change-metadata.ts";
import type { ChangeOptions } from "./create-topics.ts";
import { requireCluster } from "./require-cluster.ts";

export type FeatureUpdateInit = MessageInitShape<typeof FeatureUpdateSchema>;

/** Finalizes levels of features (KIP-584): all of them, or it rejects. */
export async function updateFeatures(
  broker: Broker,
  context: RequestContext,
  updates: readonly FeatureUpdateInit[],
  { validateOnly, timeoutMs }: ChangeOptions,
): Promise<void> {
  requireCluster(broker, context, "ALTER");
  const request = { updates: [...updates], validateOnly, origin: originOf(context) };
  await changeMetadata(broker, timeoutMs, (options) => broker.controller.updateFeatures(request, options));
}
