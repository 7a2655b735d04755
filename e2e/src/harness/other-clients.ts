import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type CommandOptions, mustRun, works } from "./command.ts";

/** Whether kcat is on this machine; tests that want it are skipped where not. */
export const hasKcat: boolean = works("kcat", ["-V"]);

/** Whether Python has PyPI's confluent-kafka; tests that want it are skipped where not. */
export const hasConfluentKafka: boolean = works("python3", ["-c", "import confluent_kafka"]);

const script = (name: string): string => fileURLToPath(new URL(`../../clients/${name}.py`, import.meta.url));

/** Runs one of `clients/*.py` to its end. */
export async function runPython(
  name: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Buffer> {
  return await mustRun("python3", [script(name), ...args], options);
}

/** Starts one of `clients/*.py` that goes on until it is told to stop. */
export function startPython(name: string, args: readonly string[]) {
  return spawn("python3", [script(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

export async function kcat(
  bootstrap: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Buffer> {
  return await mustRun("kcat", ["-b", bootstrap, ...args], options);
}
