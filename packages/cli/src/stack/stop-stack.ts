import type { Clock } from "@millrace/runtime";
import { stopProcess } from "./processes.ts";
import { type Stack, writeStack } from "./stack-file.ts";

/** Brokers hand over what they lead while there are controllers to take note of it. */
export async function stopProcesses(clock: Clock, dir: string, stack: Stack): Promise<void> {
  for (const one of stack.processes) if (one.wanted === "running") one.wanted = "stopped";
  await writeStack(dir, stack);
  const isController = (one: Stack["processes"][number]): boolean => one.roles.includes("controller");
  for (const group of [
    stack.processes.filter((one) => !isController(one)),
    stack.processes.filter(isController),
  ]) {
    await Promise.all(group.map((one) => stopProcess(clock, one)));
  }
  await writeStack(dir, stack);
}
