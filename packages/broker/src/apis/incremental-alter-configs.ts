// IncrementalAlterConfigs, versions 0-1. KIP-339.
import { incrementalAlterConfigsApi } from "@millrace/kafka-protocol/messages/incremental-alter-configs";
import { ConfigAlteration_Operation as Operation } from "@millrace/proto/admin";
import { alterResources, refuseAlterations } from "./altered-resources.ts";
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
  handle: (request, context, broker) =>
    alterResources(request, context, broker, ({ configs }) => ({
      alterations: configs.map(({ name, configOperation, value }) => ({
        name,
        operation: operations[configOperation] ?? Operation.UNSPECIFIED,
        ...(value !== null && { value }),
      })),
    })),
  refuse: ({ resources }, error) => refuseAlterations(resources, error),
});
