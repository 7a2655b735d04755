import type { ChildProcess } from "node:child_process";
import type { Clock } from "@millrace/runtime";
import { createStack } from "./create-stack.ts";
import { pollUntil } from "./poll-until.ts";
import { lastWords, running, startProcess } from "./processes.ts";
import { isReady } from "./readiness.ts";
import { StackError } from "./stack-error.ts";
import { findStack, type Stack, type StackProcess, writeStack } from "./stack-file.ts";
import type { StackOptions } from "./stack-options.ts";
import { isFree } from "./stack-ports.ts";

/** From the first process to the last one's readiness. */
const START_MS_MAX = 60_000;

/** Undefined: the stack as it was laid out, or the smallest one. */
export type AskedStack = { readonly [K in keyof StackOptions]: StackOptions[K] | undefined };

/** The stack that is there, which must not run, or a new one. Throws a `StackError` when it is not the one asked for. */
export async function prepareStack(dir: string, asked: AskedStack): Promise<Stack> {
  const there = await findStack(dir);
  if (there === undefined) {
    return await createStack(dir, {
      controllers: asked.controllers ?? 1,
      brokers: asked.brokers ?? 1,
      coordinators: asked.coordinators ?? 0,
      host: asked.host ?? "127.0.0.1",
      basePort: asked.basePort,
      set: asked.set ?? [],
    });
  }
  for (const one of there.processes) {
    if ((await running(one)) === undefined) continue;
    throw new StackError(`the stack in ${dir} is running (${one.name} has pid ${one.pid}); stop it first`);
  }
  checkIsAsked(dir, there, asked);
  await checkPorts(there.processes);
  return there;
}

/** Starts every process; `stack.json` knows each as soon as it runs. */
export async function startProcesses(dir: string, stack: Stack): Promise<ReadonlyMap<number, ChildProcess>> {
  const children = new Map<number, ChildProcess>();
  for (const one of stack.processes) {
    const child = await startProcess(one);
    if (one.pid !== null) children.set(one.pid, child);
    await writeStack(dir, stack);
  }
  return children;
}

/** Throws a `StackError` with the reason that a process gave when it ends, or when it takes too long. */
export async function untilReady(clock: Clock, processes: readonly StackProcess[]): Promise<void> {
  const waiting = new Set(processes);
  const all = await pollUntil(clock, START_MS_MAX, async () => {
    for (const one of waiting) {
      if ((await running(one)) === undefined) {
        throw new StackError(`${one.name} did not start: ${(await lastWords(one)) ?? `see ${one.logFile}`}`);
      }
      if (await isReady(one)) waiting.delete(one);
    }
    return waiting.size === 0;
  });
  if (all) return;
  const names = [...waiting].map(({ name }) => name).join(", ");
  throw new StackError(`not ready after ${START_MS_MAX / 1_000} s: ${names}; their logs say why`);
}

function checkIsAsked(dir: string, { processes }: Stack, asked: AskedStack): void {
  const roles = { controllers: "controller", brokers: "broker", coordinators: "coordinator" } as const;
  for (const [counted, role] of Object.entries(roles) as [keyof typeof roles, (typeof roles)["brokers"]][]) {
    const count = processes.filter((one) => one.roles.includes(role)).length;
    if (asked[counted] === undefined || asked[counted] === count) continue;
    throw new StackError(`the stack in ${dir} has ${count} ${counted}; leave --${counted} out`);
  }
  if (asked.basePort !== undefined || asked.host !== undefined || (asked.set ?? []).length > 0) {
    throw new StackError(
      `the stack in ${dir} has its ports and configs already; leave --base-port, --host and --set out`,
    );
  }
}

async function checkPorts(processes: readonly StackProcess[]): Promise<void> {
  for (const { name, host, ports } of processes) {
    for (const [kind, port] of Object.entries(ports)) {
      if (port === null || (await isFree(host, port))) continue;
      throw new StackError(`${host}:${port}, ${kind} of ${name}, is in use by another process`);
    }
  }
}
