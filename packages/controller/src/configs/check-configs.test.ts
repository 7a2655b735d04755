import { readFileSync } from "node:fs";
import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { type ConfigResource, configResourceTypes } from "../image/config-resource.ts";
import { checkConfigs } from "./check-configs.ts";

const { group, clientMetrics } = configResourceTypes;

interface Golden {
  readonly resource: ConfigResource;
  readonly name: string;
  readonly value: string;
  readonly error: string | null;
}

/** What GroupConfig.validate and ClientMetricsConfigs.validate of Apache Kafka 4.3.1 answered. */
const golden: readonly Golden[] = readFileSync(
  new URL("./fixtures/group-and-client-metrics-values.ndjson", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => {
    const [key, value, error] = JSON.parse(line) as [string, string, string | null];
    const isClient = key.startsWith("client:");
    const resource: ConfigResource = { type: isClient ? clientMetrics : group, name: "g" };
    return { resource, name: isClient ? key.slice("client:".length) : key, value, error };
  });

function errorOf({ resource, name, value }: Golden): string | null {
  try {
    checkConfigs(resource, new Map([[name, value]]));
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.id === "INVALID_CONFIG") return error.detail;
    throw error;
  }
}

test("group and client metrics configs are refused exactly where Kafka refuses them", () => {
  expect(golden.length).toBeGreaterThan(800);
  const differing = golden.filter((one) => (errorOf(one) === null) !== (one.error === null));
  expect(differing).toEqual([]);
});

test("for groups in Kafka's own words", () => {
  for (const one of golden) {
    if (one.error === null || one.resource.type !== group) continue;
    expect(errorOf(one)).toBe(one.error.replace(/^\w+: /, ""));
  }
});
