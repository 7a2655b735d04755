import { resolve } from "node:path";
import type { Clock } from "@millrace/runtime";
import { ending } from "./ending.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { killProcess, running, signal } from "./processes.ts";
import { restartInStack } from "./restart-in-stack.ts";
import { StackError } from "./stack-error.ts";
import { processOf, readStack, type StackProcess, writeStack } from "./stack-file.ts";
import { stackLines } from "./stack-lines.ts";
import { withStackLock } from "./stack-lock.ts";
import { stopProcesses } from "./stop-stack.ts";

/** A line a process. Looks only: it waits for no other command. */
export async function stackStatus(dataDir: string): Promise<readonly string[]> {
  return await stackLines(await readStack(resolve(dataDir)));
}

/** Says what was done, or that there was nothing to do. */
export async function stopStack(clock: Clock, dataDir: string): Promise<string> {
  const dir = resolve(dataDir);
  await readStack(dir); // so that nothing is made in a directory of something else
  return await withStackLock(clock, dir, async () => {
    const stack = await readStack(dir);
    const found = await Promise.all(stack.processes.map(running));
    await stopProcesses(clock, dir, stack);
    if (found.every((identity) => identity === undefined)) {
      return `nothing to stop: no process of the stack in ${dir} was running`;
    }
    return `stopped: the stack in ${dir}`;
  });
}

export const stackActions = ["kill", "restart", "pause", "resume"] as const;
export type StackAction = (typeof stackActions)[number];

/** Does it to one process, and says what was done. Rejects with a `StackError` when that makes no sense. */
export async function actOnStack(
  clock: Clock,
  { dataDir, id, action }: { readonly dataDir: string; readonly id: string; readonly action: StackAction },
): Promise<string> {
  const dir = resolve(dataDir);
  processOf(await readStack(dir), id);
  if (action === "restart") return await restartInStack(clock, dir, id);
  return await withStackLock(clock, dir, async () => {
    const stack = await readStack(dir);
    const one = processOf(stack, id);
    const { pid } = one;
    const problem = problemOf(action, one, await running(one));
    if (problem !== undefined) throw new StackError(`${one.name} ${problem}`);
    if (action === "kill") {
      await ending(
        one,
        "killed",
        () => writeStack(dir, stack),
        () => killProcess(clock, one),
      );
      return `killed: ${one.name} (pid ${pid})`;
    }
    await signal(one, action === "pause" ? "SIGSTOP" : "SIGCONT");
    return `${action === "pause" ? "paused" : "resumed"}: ${one.name} (pid ${pid})`;
  });
}

/** Why there is nothing to do for the action; undefined when there is. */
export function problemOf(
  action: Exclude<StackAction, "restart">,
  { nodeId, pid, wanted }: Pick<StackProcess, "nodeId" | "pid" | "wanted">,
  identity: Pick<ProcessIdentity, "isPaused"> | undefined,
): string | undefined {
  if (identity === undefined) {
    const end = wanted === "running" ? "it died" : `it was ${wanted}`;
    return `does not run: ${end}; \`millrace stack restart ${nodeId}\` starts it`;
  }
  if (action === "pause" && identity.isPaused) return `is paused already (pid ${pid})`;
  if (action === "resume" && !identity.isPaused) return `is not paused: it runs (pid ${pid})`;
  return undefined;
}
