// DescribeConfigs, versions 1-4. KIP-133, KIP-226 (1: synonyms), KIP-569 (3: types and documentation).
import type { KafkaConfigType } from "@millrace/controller";
import {
  type DescribeConfigsRequest,
  type DescribeConfigsResource,
  type DescribeConfigsResourceResultInput,
  type DescribeConfigsResultInput,
  describeConfigsApi,
} from "@millrace/kafka-protocol/messages/describe-configs";
import { toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { itemError, kafkaItemError } from "../core/admin/admin-item.ts";
import {
  type ConfigDescription,
  describeConfigs as describeResource,
} from "../core/admin/describe-configs.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

/** Kafka's numbers (DescribeConfigsResponse.ConfigType). */
const configTypes: Readonly<Record<KafkaConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

export const describeConfigs = defineApi({
  api: describeConfigsApi,
  versions: { min: 1, max: 4 },
  handle: (request, context, broker) => ({
    throttleTimeMs: 0,
    results: request.resources.map((resource) => describe(resource, request, context, broker)),
  }),
  refuse: ({ resources }, error) => ({
    throttleTimeMs: 0,
    results: resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      ...kafkaItemError(itemError(error)),
      configs: [],
    })),
  }),
});

function describe(
  { resourceType, resourceName, configurationKeys }: DescribeConfigsResource,
  request: DescribeConfigsRequest,
  context: KafkaRequestContext,
  broker: Broker,
): DescribeConfigsResultInput {
  const resource = { resourceType, resourceName };
  try {
    const all = describeResource(broker, context, { type: resourceType, name: resourceName });
    // No keys are all keys; those that do not exist are passed over.
    const wanted = new Set(configurationKeys ?? []);
    const configs = all.filter(({ name }) => wanted.size === 0 || wanted.has(name));
    return {
      ...resource,
      errorCode: 0,
      errorMessage: "", // as Kafka has it here, and nowhere else
      configs: configs.map((config) => entry(config, request)),
    };
  } catch (error) {
    return { ...resource, ...kafkaItemError(itemError(toApiError(error))), configs: [] };
  }
}

function entry(
  { name, value, source, readOnly, sensitive, type, synonyms, documentation }: ConfigDescription,
  { includeSynonyms, includeDocumentation }: DescribeConfigsRequest,
): DescribeConfigsResourceResultInput {
  return {
    name,
    value,
    readOnly,
    configSource: source,
    isSensitive: sensitive,
    synonyms: includeSynonyms ? synonyms : [],
    configType: configTypes[type],
    documentation: includeDocumentation ? documentation : null,
  };
}
