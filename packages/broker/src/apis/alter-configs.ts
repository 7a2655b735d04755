// AlterConfigs, versions 0-2. KIP-133: replaces everything that was set for a resource.
import { alterConfigsApi } from "@millrace/kafka-protocol/messages/alter-configs";
import { ConfigAlteration_Operation as Operation } from "@millrace/proto/admin";
import { alterResources, refuseAlterations } from "./altered-resources.ts";
import { defineApi } from "./kafka-api.ts";

export const alterConfigs = defineApi({
  api: alterConfigsApi,
  versions: { min: 0, max: 2 },
  handle: (request, context, broker) =>
    alterResources(request, context, broker, ({ configs }) => ({
      replaceAll: true,
      alterations: configs.map(({ name, value }) => ({
        name,
        operation: Operation.SET,
        ...(value !== null && { value }),
      })),
    })),
  refuse: ({ resources }, error) => refuseAlterations(resources, error),
});
