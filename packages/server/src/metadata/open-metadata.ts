import { join, resolve } from "node:path";
import {
  DataDirectoryError,
  type LoggedEntry,
  type LoggedSnapshot,
  metadataLog,
  readClusterId,
} from "@millrace/controller";
import { type Disk, DiskError } from "@millrace/runtime";
import { NodeDisk } from "@millrace/runtime-node";
import { METADATA_DIRECTORY } from "../node/controller-role.ts";

export interface OpenMetadata {
  readonly clusterId: string;
  /** From its beginning, as often as it is asked for. */
  readonly log: () => AsyncGenerator<LoggedSnapshot | LoggedEntry>;
}

/**
 * A controller's metadata log, in a data directory that a running node may own: nothing is taken or changed. Rejects with
 * a `DataDirectoryError` where there is none, which names the right directories when they lie in this one, as those of
 * a stack's controllers do.
 */
export async function openMetadata(dataDir: string): Promise<OpenMetadata> {
  const disk = await existingDisk(dataDir);
  if (!(await hasMetadataLog(disk, ""))) throw await wrongDirectory(disk);
  return { clusterId: await readClusterId(disk), log: () => metadataLog(disk, METADATA_DIRECTORY) };
}

async function existingDisk(dataDir: string): Promise<NodeDisk> {
  try {
    return await NodeDisk.existing(dataDir);
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "NOT_FOUND")) throw error;
    throw noLog(resolve(dataDir), "it does not exist; give the directory of a controller (--data-dir)");
  }
}

async function wrongDirectory(disk: Disk): Promise<DataDirectoryError> {
  const within = await controllersIn(disk);
  const which = within.length > 0 ? within.join(" or ") : "the directory of a controller";
  return noLog(disk.description, `it holds no metadata log; give ${which} (--data-dir)`);
}

/** Directories in this one that are controllers', by their paths. */
async function controllersIn(disk: Disk): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of await disk.list("")) {
    if (kind !== "directory" || !(await hasMetadataLog(disk, `${name}/`))) continue;
    found.push(join(disk.description, name));
  }
  return found;
}

async function hasMetadataLog(disk: Disk, prefix: string): Promise<boolean> {
  return (await disk.list(`${prefix}${METADATA_DIRECTORY}`)).length > 0;
}

function noLog(directory: string, message: string): DataDirectoryError {
  return new DataDirectoryError("NO_METADATA_LOG", directory, message);
}
