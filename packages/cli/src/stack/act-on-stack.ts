import { resolve } from "node:path";
import type { Clock } from "@millrace/runtime";
import { killProcess, running, signal, startProcess, stopProcess } from "./processes.ts";
import { StackError } from "./stack-error.ts";
import { processOf, readStack, type Stack, type StackProcess, writeStack } from "./stack-file.ts";
import { stackLines } from "./stack-lines.ts";
import { withStackLock } from "./stack-lock.ts";
import { untilReady } from "./start-stack.ts";
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
  return await withStackLock(clock, dir, async () => {
    const stack = await readStack(dir);
    const one = processOf(stack, id);
    const save = (): Promise<void> => writeStack(dir, stack);
    if (action === "restart") return await restart(clock, one, save);
    const identity = await running(one);
    if (identity === undefined) throw new StackError(`${one.name} does not run`);
    const { pid } = one;
    if (action === "kill") {
      await ending(one, save, () => killProcess(clock, one));
      return `killed: ${one.name} (pid ${pid})`;
    }
    await signal(one, action === "pause" ? "SIGSTOP" : "SIGCONT");
    return `${action === "pause" ? "paused" : "resumed"}: ${one.name} (pid ${pid})`;
  });
}

async function restart(clock: Clock, one: StackProcess, save: () => Promise<void>): Promise<string> {
  await ending(one, save, () => stopProcess(clock, one));
  await startProcess(one);
  await save();
  await untilReady(clock, [one]);
  return `restarted: ${one.name} (pid ${one.pid})`;
}

/** Whoever watches sees first that it is meant to end, and then that it is gone. */
async function ending(
  one: { wanted: Stack["processes"][number]["wanted"] },
  save: () => Promise<void>,
  end: () => Promise<void>,
): Promise<void> {
  one.wanted = "stopped";
  await save();
  await end();
  await save();
}
