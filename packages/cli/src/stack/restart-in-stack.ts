import type { Clock } from "@millrace/runtime";
import { ending } from "./ending.ts";
import { running, startProcess, stopProcess } from "./processes.ts";
import { StackError } from "./stack-error.ts";
import { processOf, readStack, type Stack, writeStack } from "./stack-file.ts";
import { withStackLock } from "./stack-lock.ts";
import { standingOf } from "./standing.ts";
import { untilReady } from "./start-stack.ts";

/**
 * Stops a process in order, if it runs, starts it again, and says so once it is ready. Others can be acted on meanwhile:
 * it may need them. While too few controllers run it says that, and does not wait.
 */
export async function restartInStack(clock: Clock, dir: string, id: string): Promise<string> {
  const { stack, one } = await withStackLock(clock, dir, async () => {
    const stack = await readStack(dir);
    const one = processOf(stack, id);
    const save = (): Promise<void> => writeStack(dir, stack);
    await ending(one, "stopped", save, () => stopProcess(clock, one));
    await startProcess(one);
    await save();
    return { stack, one };
  });
  const done = `restarted: ${one.name} (pid ${one.pid})`;
  const { count, runningCount } = await controllersOf(stack);
  if (runningCount <= count / 2) {
    return `${done}; not ready before a majority of controllers runs (${runningCount} of ${count} do)`;
  }
  try {
    await untilReady(clock, [one]);
  } catch (error) {
    if (processOf(await readStack(dir), id).pid === one.pid) throw error;
    throw new StackError(`${one.name} was ended by another command before it was ready`, { cause: error });
  }
  if ((await standingOf(one)) === "no voter") {
    return `${done}; it is no voter of the quorum before it is added: \`millrace quorum add ${one.nodeId} --data-dir ${dir}\``;
  }
  return done;
}

async function controllersOf({ processes }: Stack): Promise<{ count: number; runningCount: number }> {
  const controllers = processes.filter(({ roles }) => roles.includes("controller"));
  const identities = await Promise.all(controllers.map(running));
  return {
    count: controllers.length,
    runningCount: identities.filter((identity) => identity !== undefined).length,
  };
}
