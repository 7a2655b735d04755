import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { DiskError, type DiskLock } from "@millrace/runtime";
import { toDiskError } from "./errno.ts";

/** SQLite's result codes. */
const busy = 5;
const readOnly = 8;
const full = 13;
const cannotOpen = 14;

/**
 * An exclusive lock on the file at `path`, created when missing, that the kernel drops when this process ends,
 * however it ends. Node has no file locks, but SQLite in it has: opening the (empty, never written) file as
 * a database and beginning an exclusive transaction takes a POSIX lock on it (LockFileEx on Windows), and keeps
 * those of one process apart too. Unlike process ids in a file that needs no guess whether the holder lives,
 * holds across containers that share a volume, and excludes Apache Kafka, which locks the same `.lock`.
 *
 * Nothing else in the process may open that file: closing any descriptor of it drops the lock (POSIX).
 */
export async function lockFile(path: string): Promise<DiskLock> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    throw await lockError(error, path);
  }
  const held = database;
  return {
    release: async () => {
      if (held.isOpen) held.close();
    },
  };
}

async function lockError(error: unknown, path: string): Promise<DiskError> {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  if (code === busy)
    return new DiskError("IN_USE", path, "another process or node holds it", { cause: error });
  if (code === readOnly) return new DiskError("DENIED", path, "cannot be written", { cause: error });
  if (code === full) return new DiskError("FULL", path, "no space left", { cause: error });
  if (code === cannotOpen) {
    try {
      await access(dirname(path), constants.W_OK); // SQLite does not tell why it cannot
    } catch (reason) {
      return toDiskError(reason, path);
    }
  }
  return toDiskError(error, path);
}
