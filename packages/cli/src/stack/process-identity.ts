import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

export interface ProcessIdentity {
  /** Different for every process that has had this pid since the machine was made. */
  readonly startedAt: string;
  readonly isPaused: boolean;
}

const runFile = promisify(execFile);

/** Undefined when no process of that pid runs; one that has ended and was not waited for does not. */
export function identify(pid: number): Promise<ProcessIdentity | undefined> {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

/** Ticks since the machine started, so it takes that start to be unique. */
async function fromProc(pid: number): Promise<ProcessIdentity | undefined> {
  const [stat, bootId] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined),
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
  ]);
  // The second field is the program's name in brackets and may hold anything; state is the third, the start the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, started] = [fields?.[0], fields?.[19]];
  if (state === undefined || started === undefined || "ZX".includes(state)) return undefined;
  return { startedAt: `${bootId.trim()}+${started}`, isPaused: state === "T" };
}

/** To the second only, which is what there is elsewhere. */
async function fromPs(pid: number): Promise<ProcessIdentity | undefined> {
  const output = await runFile("ps", ["-o", "stat=,lstart=", "-p", String(pid)]).catch(() => undefined);
  const [, state, startedAt] = /^\s*(\S+)\s+(.+?)\s*$/.exec(output?.stdout ?? "") ?? [];
  if (state === undefined || startedAt === undefined || state.startsWith("Z")) return undefined;
  return { startedAt, isPaused: state.startsWith("T") };
}
