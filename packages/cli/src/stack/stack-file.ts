import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeRole } from "@millrace/server";
import { diskFailure, StackError } from "./stack-error.ts";

/** How a process was ended on purpose. */
export type Ended = "stopped" | "killed";

export interface StackProcess {
  readonly nodeId: number;
  /** What its files are called: `controller-1`. */
  readonly name: string;
  readonly roles: readonly NodeRole[];
  /** Null while it does not run. Another process may have it by now: `startedAt` tells. */
  pid: number | null;
  /** As the system tells processes of one pid apart. */
  startedAt: string | null;
  /** Whether it is meant to run, and how it was ended if not: one that is gone although it is to run has died. */
  wanted: "running" | Ended;
  readonly host: string;
  /** Kafka's is null for a process that has no such listener. */
  readonly ports: { readonly kafka: number | null; readonly grpc: number; readonly http: number };
  readonly dataDir: string;
  readonly configFile: string;
  readonly logFile: string;
}

/** `stack.json`: all that is known of a stack. Every command reads it and acts on the processes themselves. */
export interface Stack {
  readonly version: 1;
  readonly clusterId: string;
  readonly processes: readonly StackProcess[];
}

const FILE = "stack.json";

/** Undefined when there is none. Throws a `StackError` for a file that is not ours to read. */
export async function findStack(dir: string): Promise<Stack | undefined> {
  const file = join(dir, FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw diskFailure(`${file} cannot be read`, error);
  }
  const stack = parse(text) as Partial<Stack> | undefined;
  if (stack?.version === 1 && Array.isArray(stack.processes)) return stack as Stack;
  if (typeof stack?.version === "number" && stack.version > 1) {
    throw new StackError(`${file} was written by a newer Millrace; use that one`);
  }
  throw new StackError(`${file} is not the file of a stack; choose another directory`);
}

/** Throws a `StackError` when there is none. */
export async function readStack(dir: string): Promise<Stack> {
  const stack = await findStack(dir);
  if (stack === undefined) throw new StackError(`there is no stack in ${dir}: it has no ${FILE}`);
  return stack;
}

/** Whole or not at all: others read it at any time. */
export async function writeStack(dir: string, stack: Stack): Promise<void> {
  const file = join(dir, FILE);
  try {
    await writeFile(`${file}.tmp`, `${JSON.stringify(stack, undefined, 2)}\n`);
    await rename(`${file}.tmp`, file);
  } catch (error) {
    throw diskFailure(`${file} cannot be written`, error);
  }
}

/** Throws a `StackError` for a directory in which something else lives. */
export async function checkIsFree(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new StackError(`${dir} is a file; choose another directory`);
    throw diskFailure(`${dir} cannot be read`, error);
  });
  const stranger = names.find((name) => name !== "lost+found" && !name.startsWith(LOCK_FILE));
  if (stranger === undefined) return;
  throw new StackError(`${dir} holds other files (${stranger}) and no ${FILE}; choose an empty directory`);
}

export const LOCK_FILE = "stack.lock";

/** Throws a `StackError` that names those that there are. */
export function processOf(stack: Stack, id: string): StackProcess {
  const found = stack.processes.find(({ nodeId, name }) => String(nodeId) === id || name === id);
  if (found !== undefined) return found;
  const ids = stack.processes.map(({ nodeId }) => nodeId).join(", ");
  throw new StackError(`there is no process ${id} in this stack, only ${ids}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
