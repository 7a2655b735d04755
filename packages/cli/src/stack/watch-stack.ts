import type { ChildProcess } from "node:child_process";
import { type Clock, sleep } from "@millrace/runtime";
import { lastWords, running } from "./processes.ts";
import { type Ended, readStack, type StackProcess } from "./stack-file.ts";

const EVERY_MS = 200;

type Seen = "runs" | Ended | "died";

export interface WatchOptions {
  readonly clock: Clock;
  readonly dir: string;
  /** Those that this process has started itself, by pid: their exit codes are known. */
  readonly children: ReadonlyMap<number, ChildProcess>;
  readonly report: (line: string) => void;
  readonly stopAsked: Promise<"stop">;
}

/**
 * Tells what becomes of the processes, which other commands may stop and start too. Resolves with "stop" when that was
 * asked for, and with "gone" when none runs any more; nothing is ever started again from here.
 */
export async function watchStack(options: WatchOptions): Promise<"stop" | "gone"> {
  const { clock, dir, stopAsked } = options;
  const seen = new Map<number, Seen>();
  // Not a race every time: a promise that is long in coming would keep them all.
  const stopping = new AbortController();
  void stopAsked.then(() => stopping.abort());
  for (;;) {
    const { processes } = await readStack(dir);
    for (const one of processes) await look(one, seen, options);
    if (processes.every(({ nodeId }) => seen.get(nodeId) !== "runs")) return "gone";
    await sleep(clock, EVERY_MS, stopping.signal);
    if (stopping.signal.aborted) return "stop";
  }
}

async function look(one: StackProcess, seen: Map<number, Seen>, options: WatchOptions): Promise<void> {
  const now = (await running(one)) !== undefined ? "runs" : one.wanted === "running" ? "died" : one.wanted;
  const before = seen.get(one.nodeId);
  if (now === before) return;
  seen.set(one.nodeId, now);
  if (now === "died") options.report(`${one.name} died${await how(one, options)}; its log is ${one.logFile}`);
  else if (now !== "runs") options.report(`${one.name} was ${now}`);
  else if (before !== undefined) options.report(`${one.name} is back (pid ${one.pid})`);
}

async function how(one: StackProcess, { children }: WatchOptions): Promise<string> {
  const child = children.get(one.pid ?? 0);
  if (child?.signalCode) return ` of ${child.signalCode}`;
  if (child === undefined || child.exitCode === null) return "";
  const words = await lastWords(one);
  return ` with exit code ${child.exitCode}${words === undefined ? "" : ` (${words})`}`;
}
