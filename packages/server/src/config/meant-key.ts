import { type ConfigDefinition, closestName } from "@millrace/runtime";
import { staticConfigNames } from "../node/static-configs.ts";
import { nodeConfig } from "./node-config.ts";

/** Keys by their flags' names, for those that are called otherwise: `controllers`, `roles`, `grpc-port`. */
const keysByFlag: ReadonlyMap<string, string> = new Map(
  Object.entries(nodeConfig.definitions).flatMap(([key, { flag }]: [string, ConfigDefinition]) => {
    const [, name] = /^--(\S+)/.exec(flag ?? "") ?? [];
    return name === undefined ? [] : [[name, key]];
  }),
);

/** Every key that there is: of the node, and Kafka's for its broker. */
export const configKeys: readonly string[] = [...staticConfigNames, ...Object.keys(nodeConfig.definitions)];

/** The key that was probably meant by what is none: also by the name of its flag. */
export function meantKey(wrong: string): string | undefined {
  const meant = keysByFlag.get(wrong) ?? closestName(wrong, [...configKeys, ...keysByFlag.keys()]);
  return meant && (keysByFlag.get(meant) ?? meant);
}
