import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type AlterConfigsRequest,
  type AlteredResourceSchema,
  type ConfigAlteration,
  ConfigAlteration_Operation as Operation,
  type ResourceAlteration,
} from "@millrace/proto/admin";
import type { MetadataRecord } from "@millrace/proto/metadata";
import { ApiError } from "@millrace/runtime";
import { parseConfigList } from "../configs/check-config-value.ts";
import { checkConfigs } from "../configs/check-configs.ts";
import { configTables } from "../configs/effective-configs.ts";
import {
  type ConfigMap,
  type ConfigResource,
  configResourceKey,
  configResourceTypes,
  isConfigResourceType,
} from "../image/config-resource.ts";
import type { MetadataState } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import { invalidTopicName } from "../image/topic-name.ts";
import { eachItem, type MetadataAcceptance, repeated } from "./metadata-decision.ts";

type AlteredResourceInit = MessageInitShape<typeof AlteredResourceSchema>;

/** Kafka's IncrementalAlterConfigs, and its older AlterConfigs where `replaceAll` is set. */
export function decideAlterConfigs(
  state: MetadataState,
  request: Pick<AlterConfigsRequest, "resources" | "validateOnly">,
): MetadataAcceptance<AlteredResourceInit[]> {
  const records: MetadataRecord[] = [];
  const duplicates = repeated(request.resources.map(({ resource }) => `${resource?.type}:${resource?.name}`));
  const response = eachItem<ResourceAlteration, AlteredResourceInit>(
    request.resources,
    (alteration) => {
      const resource = resourceOf(state, alteration);
      if (duplicates.has(configResourceKey(resource))) {
        throw invalidRequest("Each resource must appear at most once.");
      }
      const before: ConfigMap = state.configs.get(configResourceKey(resource)) ?? new Map();
      const after = altered(resource, before, alteration);
      checkDynamic(resource, before, after);
      checkConfigs(resource, after);
      if (!request.validateOnly) records.push(...configRecords(resource, before, after));
      return { resource };
    },
    ({ resource }, error) => ({ ...(resource === undefined ? {} : { resource }), error }),
  );
  return { records, response };
}

function resourceOf(state: MetadataState, { resource }: ResourceAlteration): ConfigResource {
  if (resource === undefined || !isConfigResourceType(resource.type)) {
    throw invalidRequest(`Unexpected resource type ${resource?.type ?? 0}.`);
  }
  const { type, name } = resource;
  if (type === configResourceTypes.broker) checkBrokerResource(state, name);
  else if (name === "") throw invalidRequest("Default resources are allowed for brokers only.");
  if (type === configResourceTypes.topic) checkTopicResource(state, name);
  return { type, name };
}

function checkTopicResource(state: MetadataState, name: string): void {
  const invalid = invalidTopicName(name);
  if (invalid !== undefined) {
    throw new ApiError("INVALID_TOPIC_EXCEPTION", { detail: `Topic name is invalid: ${invalid}` });
  }
  if (!state.topics.has(name)) {
    throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION", { detail: `The topic '${name}' does not exist.` });
  }
}

function checkBrokerResource(state: MetadataState, name: string): void {
  if (name === "") return;
  if (!/^\d{1,10}$/.test(name)) throw invalidRequest("Unable to parse broker name as a base 10 number.");
  if (String(Number(name)) !== name || !state.brokers.has(Number(name))) {
    throw new ApiError("BROKER_ID_NOT_REGISTERED", { detail: `No node with id ${name} found.` });
  }
}

function altered(
  resource: ConfigResource,
  before: ConfigMap,
  { alterations, replaceAll }: ResourceAlteration,
): Map<string, string> {
  if (repeated(alterations.map(({ name }) => name)).size > 0) {
    throw invalidRequest("Error due to duplicate config keys");
  }
  const after = new Map(replaceAll ? [] : before);
  for (const alteration of alterations) applyAlteration(resource, after, alteration);
  return after;
}

function applyAlteration(
  resource: ConfigResource,
  configs: Map<string, string>,
  { name, operation, value }: ConfigAlteration,
): void {
  if (operation === Operation.DELETE) {
    configs.delete(name);
    return;
  }
  if (value === undefined) throw invalidRequest(`Null value not supported for : ${name}`);
  switch (operation) {
    case Operation.SET:
      configs.set(name, value);
      return;
    case Operation.APPEND:
    case Operation.SUBTRACT: {
      const members = listMembers(
        resource,
        configs,
        name,
        operation === Operation.APPEND ? "APPEND" : "SUBTRACT",
      );
      const given = parseConfigList(value);
      const result =
        operation === Operation.APPEND
          ? [...members, ...given.filter((member) => !members.includes(member))]
          : members.filter((member) => !given.includes(member));
      if (result.length !== members.length) configs.set(name, result.join(","));
      return;
    }
    default:
      throw invalidRequest(`No operation given for ${name}`);
  }
}

/** Of a list as it is set, or its default. */
function listMembers(
  { type }: ConfigResource,
  configs: ConfigMap,
  name: string,
  operation: string,
): readonly string[] {
  const table = configTables[type]!;
  const config = Object.hasOwn(table, name) ? table[name] : undefined;
  if (config?.type !== "list") {
    throw new ApiError("INVALID_CONFIG", {
      detail: `Can't ${operation} to key ${name} because its type is not LIST.`,
    });
  }
  return parseConfigList(configs.get(name) ?? config.default ?? "");
}

/** Of a broker's configs only the dynamic ones change while it runs, some of them only broker by broker. */
function checkDynamic({ type, name: broker }: ConfigResource, before: ConfigMap, after: ConfigMap): void {
  if (type !== configResourceTypes.broker) return;
  const table = configTables[type]!;
  const changed = [...after].filter(([name, value]) => before.get(name) !== value).map(([name]) => name);
  const known = changed.filter((name) => Object.hasOwn(table, name));
  const readOnly = known.filter((name) => table[name]!.dynamic === undefined);
  if (readOnly.length > 0) {
    throw invalidRequest(`Cannot update these configs dynamically: ${readOnly.join(", ")}`);
  }
  const perBroker = known.filter((name) => table[name]!.dynamic === "per-broker");
  if (broker === "" && perBroker.length > 0) {
    throw invalidRequest(
      `Cannot update these configs at default cluster level, broker id must be specified: ${perBroker.join(", ")}`,
    );
  }
}

function* configRecords(
  resource: ConfigResource,
  before: ConfigMap,
  after: ConfigMap,
): Generator<MetadataRecord> {
  const { type: resourceType, name: resourceName } = resource;
  for (const name of before.keys()) {
    if (!after.has(name))
      yield metadataRecord({ case: "config", value: { resourceType, resourceName, name } });
  }
  for (const [name, value] of after) {
    if (before.get(name) === value) continue;
    yield metadataRecord({ case: "config", value: { resourceType, resourceName, name, value } });
  }
}

function invalidRequest(detail: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail });
}
