import { DiskError } from "./disk-error.ts";

/**
 * The parts of a path on a `Disk`, none for the directory itself. Refuses with DENIED what would lead out of it:
 * names may come from peers, and a check further up may have been forgotten.
 */
export function splitDiskPath(path: string): readonly string[] {
  if (path === "") return [];
  const parts = path.split("/");
  for (const part of parts) {
    if (part === "" || part === "." || part === ".." || part.includes("\0")) {
      throw new DiskError("DENIED", JSON.stringify(path), "not a path inside the data directory");
    }
  }
  return parts;
}

/** The directory that a path lies in; "" for the top. */
export function parentDiskPath(path: string): string {
  const end = path.lastIndexOf("/");
  return end === -1 ? "" : path.slice(0, end);
}
