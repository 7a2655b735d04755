import { ApiError } from "@millrace/runtime";
import type { ConfigMap } from "../image/config-resource.ts";
import { parseConfigNumber } from "./config-number.ts";
import type { KafkaConfigTable } from "./kafka-config.ts";
import { brokerConfigs } from "./tables/broker-configs.ts";
import { groupConfigs } from "./tables/group-configs.ts";

const brokerTable: KafkaConfigTable = brokerConfigs;
const groupTable: KafkaConfigTable = groupConfigs;

/**
 * A group's values lie within the broker's bounds (`group.consumer.min.session.timeout.ms` and the like), and a session
 * outlasts the heartbeat interval (KIP-848, KIP-932).
 */
export function checkGroupConfigs(configs: ConfigMap): void {
  for (const [name, value] of configs) {
    const number = parseConfigNumber("int", value);
    if (number === undefined) continue;
    const [kind, rest] = splitKind(name);
    for (const bound of ["min", "max"] as const) {
      const limitName = `group.${kind}.${bound}.${rest.replace(/^num\./, "")}`;
      const limit = Number(brokerTable[limitName]?.default ?? Number.NaN);
      if (bound === "min" ? number < limit : number > limit) {
        throw invalid(
          `${name} must be ${bound === "min" ? "greater" : "less"} than or equal to ${limitName}`,
        );
      }
    }
  }
  for (const kind of ["consumer", "share", "streams"] as const) {
    const timeout = `${kind}.session.timeout.ms`;
    const interval = `${kind}.heartbeat.interval.ms`;
    if (!configs.has(timeout) && !configs.has(interval)) continue;
    if (numberOf(configs, timeout) <= numberOf(configs, interval)) {
      throw invalid(`${timeout} must be greater than ${interval}`);
    }
  }
}

function numberOf(configs: ConfigMap, name: string): number {
  return Number(configs.get(name) ?? groupTable[name]!.default);
}

function splitKind(name: string): [kind: string, rest: string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function invalid(detail: string): ApiError {
  return new ApiError("INVALID_CONFIG", { detail });
}
