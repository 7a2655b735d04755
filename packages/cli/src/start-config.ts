import { readFile } from "node:fs/promises";
import { ApiError } from "@millrace/runtime";
import { CONFIG_FILE_VARIABLE, readConfig } from "@millrace/server";
import { type ConfigFlags, flagSettings } from "./config-flags.ts";

/** The configuration of `millrace start`: its flags, this process's environment, and the file that one of them names. */
export async function startConfig(flags: ConfigFlags): ReturnType<typeof readConfig> {
  const { config, ...rest } = flags;
  const file = config ?? process.env[CONFIG_FILE_VARIABLE];
  const from = config === undefined ? CONFIG_FILE_VARIABLE : "--config";
  return await readConfig({
    ...(typeof file === "string" && { file: { name: file, text: await textOf(file, from) } }),
    environment: process.env,
    flags: flagSettings(rest),
  });
}

async function textOf(file: string, from: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? error.code : error;
    const what = why === "ENOENT" ? "there is no such file" : `it cannot be read (${why})`;
    throw new ApiError("INVALID_CONFIG", { detail: `${from} ${file}: ${what}`, cause: error });
  }
}
