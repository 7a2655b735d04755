import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "@millrace/runtime";
import { pollUntil } from "./poll-until.ts";
import { identify, type ProcessIdentity } from "./process-identity.ts";
import { diskFailure, StackError } from "./stack-error.ts";
import type { StackProcess } from "./stack-file.ts";

const launcher = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));
/** A node that closes takes 20 s at most. */
const STOP_MS_MAX = 25_000;
const KILL_MS_MAX = 5_000;

/** The process that runs under its pid and is still the one that was started; undefined: it is gone. */
export async function running({ pid, startedAt }: StackProcess): Promise<ProcessIdentity | undefined> {
  if (pid === null) return undefined;
  const identity = await identify(pid);
  return identity?.startedAt === startedAt ? identity : undefined;
}

/** Starts it on its own: it outlives us, and no signal to our terminal reaches it. What it prints goes to its log. */
export async function startProcess(one: StackProcess): Promise<ChildProcess> {
  const log = openLog(one);
  const child = spawn(process.execPath, [launcher, "start", "--config", one.configFile], {
    detached: true,
    stdio: ["ignore", log, log],
    env: withoutConfiguration(process.env),
  });
  closeSync(log);
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new StackError(`${one.name} cannot be started: no process could be made`);
  one.pid = pid;
  one.startedAt = (await identify(pid))?.startedAt ?? null;
  one.wanted = "running";
  return child;
}

function openLog({ logFile }: StackProcess): number {
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    return openSync(logFile, "a");
  } catch (error) {
    throw diskFailure(`${logFile} cannot be written`, error);
  }
}

/** A variable would take precedence over the files, and make all processes the same node. */
const withoutConfiguration = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("MILLRACE_")));

/** Sends a signal; false when it is gone. */
export async function signal(one: StackProcess, name: NodeJS.Signals): Promise<boolean> {
  if (one.pid === null || (await running(one)) === undefined) return false;
  try {
    return process.kill(one.pid, name);
  } catch {
    return false; // it ended in between
  }
}

/** Lets it close, also when it is paused, and kills it when that takes too long. Resolves when it is gone. */
export async function stopProcess(clock: Clock, one: StackProcess): Promise<void> {
  await signal(one, "SIGTERM");
  await signal(one, "SIGCONT");
  if (!(await untilGone(clock, one, STOP_MS_MAX))) await killProcess(clock, one);
  one.pid = null;
  one.startedAt = null;
}

/** As a power cut would end it. Resolves when it is gone. */
export async function killProcess(clock: Clock, one: StackProcess): Promise<void> {
  await signal(one, "SIGKILL");
  if (!(await untilGone(clock, one, KILL_MS_MAX))) {
    throw new StackError(`${one.name} (pid ${one.pid}) does not end, although it was killed`);
  }
  one.pid = null;
  one.startedAt = null;
}

async function untilGone(clock: Clock, one: StackProcess, limitMs: number): Promise<boolean> {
  return await pollUntil(clock, limitMs, async () => (await running(one)) === undefined);
}

/** Why it ended, in its own words: the line for people that it printed last. */
export async function lastWords({ logFile }: StackProcess): Promise<string | undefined> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text
    .split("\n")
    .findLast((line) => line.startsWith("millrace: "))
    ?.slice("millrace: ".length);
}
