import { type Disk, DiskError, type DiskLock, type Random } from "@millrace/runtime";
import { randomUuid, type Uuid } from "../image/uuid.ts";
import { DataDirectoryError, type DataDirectoryErrorCode } from "./data-directory-error.ts";
import { formatProperties, META_PROPERTIES, parseProperties } from "./meta-properties.ts";

/** Of everything that Millrace keeps in a data directory. Raised when an older version could not read it. */
export const DATA_FORMAT_VERSION = 1;

/** Kafka's name, so that neither starts on a directory which the other is using. */
const LOCK = ".lock";
/** What a fresh directory or volume may hold; also the temporary file of a format that a crash cut short. */
const isHarmless = (name: string): boolean =>
  name === "lost+found" || name.startsWith(LOCK) || name.startsWith(META_PROPERTIES);

export interface DataDirectoryOptions {
  readonly nodeId: number;
  /** Undefined: that of the directory, or a new one when there is none yet. */
  readonly clusterId?: string | undefined;
  readonly random: Random;
}

export interface DataDirectory {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Made when it was formatted: a disk that was replaced is another directory. */
  readonly directoryId: Uuid;
  /** Whether it was formatted just now. */
  readonly isNew: boolean;
  /** Gives it free for others. */
  release(): Promise<void>;
}

/**
 * Takes a data directory for a node, and formats it at its first start. `meta.properties` is Kafka's (version 1) with
 * one line more. Throws a `DataDirectoryError` when the node must not use it, a `DiskError` when the disk fails.
 */
export async function openDataDirectory(disk: Disk, options: DataDirectoryOptions): Promise<DataDirectory> {
  const lock = await takeLock(disk);
  try {
    const content = await disk.readFile(META_PROPERTIES);
    const isNew = content === undefined;
    if (isNew) await format(disk, options);
    const text = content ?? (await disk.readFile(META_PROPERTIES));
    return { ...check(disk, text?.toString("utf8") ?? "", options), isNew, release: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function takeLock(disk: Disk): Promise<DiskLock> {
  try {
    await disk.makeDirectory("");
    return await disk.lock(LOCK);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== "IN_USE") throw error;
    throw refused(
      disk,
      "IN_USE",
      "another node is using it; stop that one, or choose another directory",
      error,
    );
  }
}

async function format(disk: Disk, { nodeId, clusterId, random }: DataDirectoryOptions): Promise<void> {
  const strangers = (await disk.list("")).filter(({ name }) => !isHarmless(name));
  if (strangers.length > 0) {
    throw refused(
      disk,
      "NOT_EMPTY",
      `it holds other files (${strangers[0]!.name}) and no ${META_PROPERTIES}; choose an empty directory`,
    );
  }
  const properties = new Map([
    ["version", "1"],
    ["cluster.id", clusterId ?? randomUuid(random)],
    ["node.id", String(nodeId)],
    ["directory.id", randomUuid(random)],
    ["millrace.format.version", String(DATA_FORMAT_VERSION)],
  ]);
  await disk.replaceFile(META_PROPERTIES, Buffer.from(formatProperties(properties)));
}

function check(
  disk: Disk,
  text: string,
  options: DataDirectoryOptions,
): Pick<DataDirectory, "clusterId" | "nodeId" | "directoryId"> {
  const properties = parseProperties(text);
  const damaged = (name: string): DataDirectoryError =>
    refused(
      disk,
      "DAMAGED",
      `${META_PROPERTIES} has no valid ${name}; restore the file or choose another directory`,
    );
  const version = properties.get("version");
  const format = properties.get("millrace.format.version");
  if (version === undefined) throw damaged("version");
  if (format === undefined || version !== "1") {
    throw refused(
      disk,
      "FOREIGN_FORMAT",
      "it was formatted by Apache Kafka or another program, not by Millrace; choose another directory",
    );
  }
  if (!/^\d{1,9}$/.test(format)) throw damaged("millrace.format.version");
  if (Number(format) > DATA_FORMAT_VERSION) {
    throw refused(
      disk,
      "NEWER_FORMAT",
      `it has format ${format} of a newer Millrace, this one reads up to ${DATA_FORMAT_VERSION}; start the newer version`,
    );
  }
  const clusterId = properties.get("cluster.id");
  if (clusterId === undefined || clusterId === "") throw damaged("cluster.id");
  if (options.clusterId !== undefined && clusterId !== options.clusterId) {
    throw refused(
      disk,
      "OTHER_CLUSTER",
      `it belongs to cluster ${clusterId}, not to ${options.clusterId}; choose another directory or correct the cluster id`,
    );
  }
  if (properties.get("node.id") !== String(options.nodeId)) {
    throw refused(
      disk,
      "OTHER_NODE",
      `it belongs to node ${properties.get("node.id")}, not to node ${options.nodeId}; choose another directory or correct the node id`,
    );
  }
  const directoryId = properties.get("directory.id") ?? "";
  if (!/^[\w-]{22}$/.test(directoryId)) throw damaged("directory.id");
  return { clusterId, nodeId: options.nodeId, directoryId };
}

function refused(
  disk: Disk,
  code: DataDirectoryErrorCode,
  message: string,
  cause?: unknown,
): DataDirectoryError {
  return new DataDirectoryError(code, disk.description, message, cause === undefined ? {} : { cause });
}
