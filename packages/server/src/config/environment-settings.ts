import { ApiError, closestName } from "@millrace/runtime";
import { configKeys, meantKey } from "./meant-key.ts";
import type { Setting } from "./setting.ts";

const PREFIX = "MILLRACE_";
/** Names the configuration file: no key, since a file cannot say it. */
export const CONFIG_FILE_VARIABLE = "MILLRACE_CONFIG";

/** `num.partitions` is MILLRACE_NUM_PARTITIONS. */
export const environmentName = (key: string): string =>
  `${PREFIX}${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;

/**
 * What variables that begin with MILLRACE_ say. Throws INVALID_CONFIG for one that stands for no key: it was meant to
 * do something.
 */
export function environmentSettings(
  environment: Readonly<Record<string, string | undefined>>,
): readonly Setting[] {
  const names = Object.keys(environment).filter(
    (name) => name.startsWith(PREFIX) && name !== CONFIG_FILE_VARIABLE,
  );
  if (names.length === 0) return [];
  const keys = new Map(configKeys.map((key) => [environmentName(key), key]));
  return names.map((name) => {
    const key = keys.get(name);
    if (key !== undefined) return { key, value: environment[name] ?? "", from: name };
    const meant = closestName(name, [...keys.keys(), CONFIG_FILE_VARIABLE]) ?? meantByFlag(name);
    const detail = `environment: there is no ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    throw new ApiError("INVALID_CONFIG", { detail });
  });
}

/** MILLRACE_GRPC_PORT is a variable; MILLRACE_CONTROLLERS is a flag written as one. */
function meantByFlag(name: string): string | undefined {
  const key = meantKey(name.slice(PREFIX.length).toLowerCase().replaceAll("_", "-"));
  return key && environmentName(key);
}
