// AlterConfigs, versions 0-2. KIP-133: replaces everything that was set for a resource.
import { alterConfigsApi } from "@millrace/kafka-protocol/messages/alter-configs";
import { ConfigAlteration_Operation as Operation } from "@millrace/proto/admin";
import { itemError } from "../core/admin/admin-item.ts";
import { alterConfigs as alterInCluster } from "../core/admin/alter-configs.ts";
import { alteredResource, CONFIG_CHANGE_MAX_MS } from "./altered-resource.ts";
import { defineApi } from "./kafka-api.ts";

export const alterConfigs = defineApi({
  api: alterConfigsApi,
  versions: { min: 0, max: 2 },
  async handle({ resources, validateOnly }, context, broker) {
    const alterations = resources.map(({ resourceType, resourceName, configs }) => ({
      resource: { type: resourceType & 0xff, name: resourceName },
      replaceAll: true,
      alterations: configs.map(({ name, value }) => ({
        name,
        operation: Operation.SET,
        ...(value !== null && { value }),
      })),
    }));
    const altered = await alterInCluster(broker, context, alterations, {
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
