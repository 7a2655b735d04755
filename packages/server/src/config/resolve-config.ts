import { ApiError, type ConfigInput, parseConfigValue } from "@millrace/runtime";
import { ownOptionFor, staticConfigNames, staticConfigProblem } from "../node/static-configs.ts";
import { meantKey } from "./meant-key.ts";
import { type NodeConfig, nodeConfig } from "./node-config.ts";
import type { Setting } from "./setting.ts";

export interface ResolvedConfig {
  readonly node: NodeConfig;
  /** By Kafka's names. */
  readonly broker: Readonly<Record<string, string>>;
}

/**
 * What is in force, of settings in rising order of precedence. Throws INVALID_CONFIG with all that is wrong, also with
 * values that others take precedence over: nobody should find out only when those go.
 */
export function resolveConfig(settings: readonly Setting[]): ResolvedConfig {
  const problems = settings.flatMap((setting) => problemOf(setting) ?? []);
  if (problems.length > 0) throw new ApiError("INVALID_CONFIG", { detail: problems.join("; ") });
  const node: Record<string, ConfigInput> = {};
  const broker: Record<string, string> = {};
  for (const { key, value } of settings) {
    if (nodeConfig.definition(key) !== undefined) node[key] = value;
    else broker[key] = textOf(value);
  }
  return { node: nodeConfig.parse(node), broker };
}

function problemOf({ key, value, from }: Setting): string | undefined {
  const definition = nodeConfig.definition(key);
  if (definition === undefined) return brokerProblemOf(key, textOf(value), from);
  try {
    parseConfigValue(definition, textOf(value));
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${from}: ${error.detail}`;
  }
}

function brokerProblemOf(key: string, text: string, from: string): string | undefined {
  const own = ownOptionFor(key);
  if (own !== undefined) return `${from}: it is called ${own} here`;
  if (staticConfigNames.includes(key)) {
    const problem = staticConfigProblem(key, text);
    // Kafka's words name the config once more.
    return problem && `${from}: ${problem.replace(` for configuration ${key}`, "")}`;
  }
  const meant = meantKey(key);
  return `${from}: there is no such config${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

const textOf = (value: ConfigInput): string => (typeof value === "object" ? value.join(",") : String(value));
