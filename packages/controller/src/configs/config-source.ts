/** Where a value comes from; Kafka's numbers (DescribeConfigsResponse.ConfigSource). */
export const configSources = {
  topic: 1,
  broker: 2,
  defaultBroker: 3,
  staticBroker: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
} as const;

export type ConfigSource = (typeof configSources)[keyof typeof configSources];

/** A value and where it comes from. */
export interface SourcedValue {
  readonly name: string;
  /** Null: not set. */
  readonly value: string | null;
  readonly source: ConfigSource;
}
