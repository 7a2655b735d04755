// IncrementalAlterConfigs, versions 0-1. KIP-339.
import { incrementalAlterConfigsApi } from "@millrace/kafka-protocol/messages/incremental-alter-configs";
import { ConfigAlteration_Operation as Operation } from "@millrace/proto/admin";
import { itemError } from "../core/admin/admin-item.ts";
import { alterConfigs } from "../core/admin/alter-configs.ts";
import { alteredResource, CONFIG_CHANGE_MAX_MS } from "./altered-resource.ts";
import { defineApi } from "./kafka-api.ts";

/** By Kafka's numbers (AlterConfigOp.OpType). The controller refuses what is not among them. */
const operations: readonly (Operation | undefined)[] = [
  Operation.SET,
  Operation.DELETE,
  Operation.APPEND,
  Operation.SUBTRACT,
];

export const incrementalAlterConfigs = defineApi({
  api: incrementalAlterConfigsApi,
  versions: { min: 0, max: 1 },
  async handle({ resources, validateOnly }, context, broker) {
    const alterations = resources.map(({ resourceType, resourceName, configs }) => ({
      resource: { type: resourceType & 0xff, name: resourceName },
      alterations: configs.map(({ name, configOperation, value }) => ({
        name,
        operation: operations[configOperation] ?? Operation.UNSPECIFIED,
        ...(value !== null && { value }),
      })),
    }));
    const altered = await alterConfigs(broker, context, alterations, {
      validateOnly,
      timeoutMs: CONFIG_CHANGE_MAX_MS,
    });
    return {
      throttleTimeMs: 0,
      responses: altered.map(({ error }, i) => alteredResource(resources[i]!, error)),
    };
  },
  refuse: ({ resources }, error) => ({
    throttleTimeMs: 0,
    responses: resources.map((resource) => alteredResource(resource, itemError(error))),
  }),
});
