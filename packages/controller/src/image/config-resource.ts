/** Kafka's numbers (ConfigResource.Type). */
export const configResourceTypes = { topic: 2, broker: 4, clientMetrics: 16, group: 32 } as const;

export type ConfigResourceType = (typeof configResourceTypes)[keyof typeof configResourceTypes];

export interface ConfigResource {
  readonly type: ConfigResourceType;
  /** Topic name, broker id in decimal ("" is the default of all brokers), group id, subscription name. */
  readonly name: string;
}

/** What was set for one resource, by config name; values as they were given. */
export type ConfigMap = ReadonlyMap<string, string>;

export function configResourceKey(resource: ConfigResource): string {
  return `${resource.type}:${resource.name}`;
}

export function configResourceOfKey(key: string): ConfigResource {
  const colon = key.indexOf(":");
  return { type: Number(key.slice(0, colon)) as ConfigResourceType, name: key.slice(colon + 1) };
}

export function isConfigResourceType(type: number): type is ConfigResourceType {
  return Object.values<number>(configResourceTypes).includes(type);
}
