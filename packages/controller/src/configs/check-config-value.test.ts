import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkConfigValue } from "./check-config-value.ts";
import type { KafkaConfig, KafkaConfigTable } from "./kafka-config.ts";
import { brokerConfigs } from "./tables/broker-configs.ts";
import { groupConfigs } from "./tables/group-configs.ts";
import { topicConfigs } from "./tables/topic-configs.ts";

fc.configureGlobal({ seed: 848 });

/** What LogConfig.validate of Apache Kafka 4.3.1 answered: config name, value, error or null. */
const golden = readFileSync(new URL("./fixtures/topic-config-values.ndjson", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as [name: string, value: string, error: string | null])
  .filter(([name]) => name in topicConfigs);

const table: KafkaConfigTable = topicConfigs;

test("topic configs are refused exactly where Kafka refuses them", () => {
  expect(golden.length).toBeGreaterThan(1_000);
  const differing = golden.filter(
    ([name, value, error]) =>
      (checkConfigValue(name, table[name]!, value) === undefined) !== (error === null),
  );
  expect(differing).toEqual([]);
});

test("the reason is Kafka's own, but for how Java prints a double", () => {
  for (const [name, value, error] of golden) {
    if (error === null || table[name]!.type === "double") continue;
    expect(`ConfigException: ${checkConfigValue(name, table[name]!, value)}`).toBe(error);
  }
});

test("every default is a value that may be set", () => {
  for (const configs of [topicConfigs, groupConfigs, brokerConfigs]) {
    for (const [name, config] of Object.entries<KafkaConfig>(configs)) {
      if (config.default === null || (config.nonEmpty && config.default === "")) continue;
      expect(checkConfigValue(name, config, config.default), name).toBeUndefined();
    }
  }
});

test("no value makes a check throw", () => {
  const all = Object.entries<KafkaConfig>({ ...brokerConfigs, ...groupConfigs, ...topicConfigs });
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.string(), ([name, config], value) => {
      checkConfigValue(name, config, value);
    }),
  );
});
