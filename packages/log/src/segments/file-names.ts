/** Kafka's names of the files of a partition. Offsets have 20 digits, so that names sort by offset. */
export const LOG_SUFFIX = ".log";
export const OFFSET_INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const TRANSACTION_INDEX_SUFFIX = ".txnindex";
export const SNAPSHOT_SUFFIX = ".snapshot";
/** Files that only wait for `file.delete.delay.ms`. */
export const DELETED_SUFFIX = ".deleted";
/** Directories of deleted partitions, which wait likewise. */
export const DELETED_DIRECTORY_SUFFIX = "-delete";
export const LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint";
export const PARTITION_METADATA = "partition.metadata";

export function offsetFileName(offset: number, suffix: string): string {
  return `${String(offset).padStart(20, "0")}${suffix}`;
}

/** The offset in the name of a file with that suffix; undefined when the name is not of that kind. */
export function offsetOfFileName(name: string, suffix: string): number | undefined {
  if (!name.endsWith(suffix) || name.length !== 20 + suffix.length) return undefined;
  const digits = name.slice(0, 20);
  const offset = Number(digits);
  return /^\d+$/.test(digits) && Number.isSafeInteger(offset) ? offset : undefined;
}

export function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
