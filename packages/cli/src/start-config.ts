import { readFile } from "node:fs/promises";
import { ApiError } from "@millrace/runtime";
import { CONFIG_FILE_VARIABLE, readConfig } from "@millrace/server";
import { type ConfigFlags, flagSettings } from "./config-flags.ts";

/** The configuration of `millrace start`: its flags, this process's environment, and the file that one of them names. */
export async function startConfig(flags: ConfigFlags): ReturnType<typeof readConfig> {
  const { config: file = process.env[CONFIG_FILE_VARIABLE], ...rest } = flags;
  return await readConfig({
    ...(typeof file === "string" && { file: { name: file, text: await textOf(file) } }),
    environment: process.env,
    flags: flagSettings(rest),
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? error.code : error;
    throw new ApiError("INVALID_CONFIG", { detail: `${file} cannot be read (${why})`, cause: error });
  }
}
