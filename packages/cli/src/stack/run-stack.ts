import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import type { Clock } from "@millrace/runtime";
import { readStack, type Stack } from "./stack-file.ts";
import { stackLines } from "./stack-lines.ts";
import { withStackLock } from "./stack-lock.ts";
import { type AskedStack, prepareStack, startProcesses, untilReady } from "./start-stack.ts";
import { stopProcesses } from "./stop-stack.ts";
import { watchStack } from "./watch-stack.ts";

export interface RunStackOptions {
  readonly dataDir: string;
  readonly asked: AskedStack;
  /** Leave the processes to themselves once they are ready. */
  readonly detach: boolean;
  readonly clock: Clock;
  readonly stopAsked: Promise<"stop">;
}

/**
 * Starts a stack and, unless detached, stays until it is asked to stop: then it stops every process. Resolves with the
 * exit code: 1 when all processes ended by themselves. Rejects, with every process stopped, when one does not start.
 */
export async function runStack(options: RunStackOptions): Promise<number> {
  const { clock, stopAsked, detach } = options;
  const dir = resolve(options.dataDir);
  const started = await withStackLock(clock, dir, () => startedStack(dir, options));
  if (started === "stop") return stopped(dir);
  for (const line of await stackLines(started.stack)) say(line);
  const { processes, clusterId } = started.stack;
  say(`ready: ${processes.length} processes of cluster ${clusterId}, in ${dir}`);
  if (detach) return 0;

  const end = await watchStack({ clock, dir, children: started.children, report, stopAsked });
  if (end === "gone") return (await readStack(dir)).processes.some((one) => one.wanted === "running") ? 1 : 0;
  report(STOPPING);
  await withStackLock(clock, dir, async () => stopProcesses(clock, dir, await readStack(dir)));
  return stopped(dir);
}

const STOPPING = "stopping: brokers and coordinators first, then controllers";
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const report = (line: string): void => void process.stderr.write(`millrace: ${line}\n`);

function stopped(dir: string): 0 {
  say(`stopped: the stack in ${dir}`);
  return 0;
}

async function startedStack(
  dir: string,
  { asked, clock, stopAsked }: RunStackOptions,
): Promise<{ stack: Stack; children: ReadonlyMap<number, ChildProcess> } | "stop"> {
  const stack = await prepareStack(dir, asked);
  try {
    const children = await startProcesses(dir, stack);
    const ready = untilReady(clock, stack.processes);
    ready.catch(() => {}); // when the stop comes first
    if ((await Promise.race([ready, stopAsked])) !== "stop") return { stack, children };
  } catch (error) {
    await stopProcesses(clock, dir, stack);
    throw error;
  }
  report(STOPPING);
  await stopProcesses(clock, dir, stack);
  return "stop";
}
