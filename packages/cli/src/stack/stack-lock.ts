import type { Clock } from "@millrace/runtime";
import { DiskError, type DiskLock } from "@millrace/runtime";
import { NodeDisk } from "@millrace/runtime-node";
import { pollUntil } from "./poll-until.ts";
import { StackError } from "./stack-error.ts";
import { LOCK_FILE } from "./stack-file.ts";

/** A command that stops a process takes up to half a minute. */
const WAIT_MS_MAX = 60_000;

/** Runs `act` while no other command changes the stack. Waits for one that is at it. */
export async function withStackLock<T>(clock: Clock, dir: string, act: () => Promise<T>): Promise<T> {
  const disk = await NodeDisk.at(dir);
  let lock: DiskLock | undefined;
  await pollUntil(clock, WAIT_MS_MAX, async () => {
    lock = await disk.lock(LOCK_FILE).catch((error: unknown) => {
      if (error instanceof DiskError && error.code === "IN_USE") return undefined;
      throw error;
    });
    return lock !== undefined;
  });
  if (lock === undefined) throw new StackError(`another command is at work on the stack in ${dir}`);
  try {
    return await act();
  } finally {
    await lock.release();
  }
}
