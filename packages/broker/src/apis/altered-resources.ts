import type { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { type ItemErrorInit, itemError, kafkaItemError } from "../core/admin/admin-item.ts";
import { alterConfigs, type ResourceAlterationInit } from "../core/admin/alter-configs.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

/** The requests name no time; this is how long Kafka's own clients wait, in milliseconds. */
const CHANGE_MAX_MS = 30_000;

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** Serves either request that changes configs: `alterationOf` says what is to become of a resource. */
export async function alterResources<R extends Resource>(
  { resources, validateOnly }: { readonly resources: readonly R[]; readonly validateOnly: boolean },
  context: KafkaRequestContext,
  broker: Broker,
  alterationOf: (resource: R) => Omit<ResourceAlterationInit, "resource" | "$typeName">,
) {
  const alterations = resources.map((resource) => ({
    resource: { type: resource.resourceType & 0xff, name: resource.resourceName },
    ...alterationOf(resource),
  }));
  const altered = await alterConfigs(broker, context, alterations, {
    validateOnly,
    timeoutMs: CHANGE_MAX_MS,
  });
  return answer(resources, (at) => altered[at]!.error);
}

/** The answer when nothing of a request can be served. */
export function refuseAlterations(resources: readonly Resource[], error: ApiError) {
  return answer(resources, () => itemError(error));
}

function answer(resources: readonly Resource[], errorAt: (at: number) => ItemErrorInit | undefined) {
  const responses = resources.map(({ resourceType, resourceName }, at) => ({
    resourceType,
    resourceName,
    ...kafkaItemError(errorAt(at)),
  }));
  return { throttleTimeMs: 0, responses };
}
