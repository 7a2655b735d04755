import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DiskError } from "@millrace/runtime";

/**
 * Makes a directory and those above it that are missing. Not by `recursive: true`, which never ends where a directory
 * cannot be made although the one above it is there (/proc, a working directory that was removed).
 */
export async function makeDirectories(wanted: string): Promise<void> {
  await make(wanted, wanted);
}

async function make(path: string, wanted: string): Promise<void> {
  if (await isDirectory(path, wanted)) return;
  const parent = dirname(path);
  if (parent !== path) await make(parent, wanted);
  try {
    await mkdir(path);
  } catch (error) {
    if (await isDirectory(path, wanted)) return; // somebody else made it
    if (codeOf(error) !== "ENOENT") throw error;
    throw new DiskError("DENIED", wanted, `no directory can be made in ${parent}`, { cause: error });
  }
}

async function isDirectory(path: string, wanted: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
  throw new DiskError("EXISTS", wanted, `${path} is a file, and a directory is needed there`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
