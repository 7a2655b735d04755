import {
  type ConfigResourceType,
  type ConfigSource,
  configResourceTypes,
  configSources,
  configTables,
  type EffectiveConfig,
  effectiveBrokerConfig,
  effectiveConfig,
  invalidTopicName,
  isConfigResourceType,
  type KafkaConfigType,
  type SourcedValue,
} from "@millrace/controller";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { BROKER_LOGGER, configRefusal, foreignId } from "./config-access.ts";

/** One config of a resource as admins see it. */
export interface ConfigDescription {
  readonly name: string;
  /** Null: none, or a secret. */
  readonly value: string | null;
  readonly source: ConfigSource;
  /** Needs a restart to change. */
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  readonly type: KafkaConfigType;
  /** All values that it could have, nearest first. */
  readonly synonyms: readonly SourcedValue[];
  readonly documentation: string | null;
}

/**
 * Every config of a resource, set or not. Throws the `ApiError` that is the resource's answer: not authorized, no such
 * topic, a broker other than this one.
 */
export function describeConfigs(
  broker: Broker,
  context: RequestContext,
  resource: { readonly type: number; readonly name: string },
): ConfigDescription[] {
  const { type, name } = resource;
  const isBroker = type === configResourceTypes.broker || type === BROKER_LOGGER;
  const refusal =
    configRefusal(broker, context, "DESCRIBE_CONFIGS", resource) ??
    (isBroker && name !== "" ? foreignId(broker, name) : undefined);
  if (refusal !== undefined) throw refusal;
  if (type === BROKER_LOGGER) {
    if (name === "") throw invalidRequest("Broker id must not be empty");
    throw invalidRequest("Log levels cannot be listed logger by logger.");
  }
  if (!isConfigResourceType(type)) {
    throw invalidRequest(`Unexpected resource type ${type} for resource ${name}`);
  }
  if (type === configResourceTypes.broker) {
    return name === "" ? brokerDefaults(broker) : ownConfigs(broker);
  }
  checkName(broker, type, name);
  const { metadata, configView } = broker;
  return describeAll(type, (config) =>
    effectiveConfig(metadata.image, configView, { type, name }, config),
  ).map((description) => ({ ...description, readOnly: false }));
}

/** What a topic is configured with when only `configs` are set for it: the answer to its creation. */
export function describeNewTopic(broker: Broker, configs: ReadonlyMap<string, string>): ConfigDescription[] {
  const type = configResourceTypes.topic;
  // No topic can have this name, so nothing is set for it.
  const defaults = describeAll(type, (config) =>
    effectiveConfig(broker.metadata.image, broker.configView, { type, name: "" }, config),
  );
  return defaults.map((description) => {
    const value = configs.get(description.name);
    const isSet = value === undefined ? {} : { value, source: configSources.topic };
    return { ...description, ...isSet, readOnly: false };
  });
}

function checkName(
  { metadata }: Broker,
  type: Exclude<ConfigResourceType, (typeof configResourceTypes)["broker"]>,
  name: string,
): void {
  switch (type) {
    case configResourceTypes.topic: {
      const invalid = invalidTopicName(name);
      if (invalid !== undefined) {
        throw new ApiError("INVALID_TOPIC_EXCEPTION", { detail: `Topic name is invalid: ${invalid}` });
      }
      if (metadata.image.topic(name) === undefined) throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
      return;
    }
    case configResourceTypes.group:
      if (name === "") throw invalidRequest("Group name must not be empty");
      return;
    case configResourceTypes.clientMetrics:
      if (name === "") throw invalidRequest("Client metrics subscription name must not be empty");
  }
}

function ownConfigs({ metadata, configView }: Broker): ConfigDescription[] {
  return describeAll(configResourceTypes.broker, (config) =>
    effectiveBrokerConfig(metadata.image, configView, config),
  );
}

/** Only what is set for all brokers alike. */
function brokerDefaults({ metadata, configView }: Broker): ConfigDescription[] {
  const { image } = metadata;
  const set = image.configs({ type: configResourceTypes.broker, name: "" });
  return describeAll(configResourceTypes.broker, (config) => effectiveBrokerConfig(image, configView, config))
    .filter(({ name }) => set.has(name))
    .map((description) => {
      const source = configSources.defaultBroker;
      return {
        ...description,
        value: description.sensitive ? null : set.get(description.name)!,
        source,
        synonyms: description.synonyms.filter((synonym) => synonym.source === source),
      };
    });
}

function describeAll(
  type: ConfigResourceType,
  effective: (name: string) => EffectiveConfig,
): ConfigDescription[] {
  return Object.entries(configTables[type] ?? {})
    .filter(([, { internal }]) => internal !== true)
    .map(([name]) => effective(name))
    .filter(({ config, synonyms }) => config.onlyWhenSet !== true || synonyms.length > 0)
    .map(describe);
}

function describe({ name, value, source, config, synonyms }: EffectiveConfig): ConfigDescription {
  const sensitive = config.type === "password";
  return {
    name,
    value: sensitive ? null : value,
    source,
    readOnly: config.dynamic === undefined,
    sensitive,
    type: config.type,
    synonyms: sensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
    documentation: config.doc ?? null,
  };
}

function invalidRequest(detail: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail });
}
