import type { NodeOptions } from "../node/node-options.ts";
import { environmentSettings } from "./environment-settings.ts";
import { fileSettings } from "./file-settings.ts";
import type { NodeConfig } from "./node-config.ts";
import { nodeOptionsOf } from "./node-options-of.ts";
import { resolveConfig } from "./resolve-config.ts";
import type { Setting } from "./setting.ts";

export interface ConfigSources {
  readonly file?: { readonly name: string; readonly text: string } | undefined;
  /** Of the process; only what begins with MILLRACE_ counts. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Of the command line. */
  readonly flags?: readonly Setting[];
}

/** Flags take precedence over the environment, that over the file, and that over defaults. Throws INVALID_CONFIG. */
export async function readConfig({
  file,
  environment = {},
  flags = [],
}: ConfigSources): Promise<{ readonly options: NodeOptions; readonly config: NodeConfig }> {
  const resolved = resolveConfig([
    ...(file === undefined ? [] : await fileSettings(file.name, file.text)),
    ...environmentSettings(environment),
    ...flags,
  ]);
  return { options: nodeOptionsOf(resolved), config: resolved.node };
}
