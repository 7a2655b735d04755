import { resolve } from "node:path";
import type { Clock } from "@millrace/runtime";
import { ending } from "./ending.ts";
import { killProcess, running, signal } from "./processes.ts";
import { restartInStack } from "./restart-in-stack.ts";
import { StackError } from "./stack-error.ts";
import { processOf, readStack, writeStack } from "./stack-file.ts";
import { stackLines } from "./stack-lines.ts";
import { withStackLock } from "./stack-lock.ts";
import { stopProcesses } from "./stop-stack.ts";

/** A line a process. Looks only: it waits for no other command. */
export async function stackStatus(dataDir: string): Promise<readonly string[]> {
  return await stackLines(await readStack(resolve(dataDir)));
}

export async function stopStack(clock: Clock, dataDir: string): Promise<string> {
  const dir = resolve(dataDir);
  await readStack(dir); // so that nothing is made in a directory of something else
  await withStackLock(clock, dir, async () => stopProcesses(clock, dir, await readStack(dir)));
  return `stopped: the stack in ${dir}`;
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
    const identity = await running(one);
    if (identity === undefined) throw new StackError(`${one.name} does not run`);
    const { pid } = one;
    if (action === "kill") {
      await ending(
        one,
        () => writeStack(dir, stack),
        () => killProcess(clock, one),
      );
      return `killed: ${one.name} (pid ${pid})`;
    }
    await signal(one, action === "pause" ? "SIGSTOP" : "SIGCONT");
    return `${action === "pause" ? "paused" : "resumed"}: ${one.name} (pid ${pid})`;
  });
}
