import type { EntryId, LogIndex, MemberKey } from "../entry.ts";

/** Term and vote. */
export const hardStateName = "hard-state";

/**
 * Left by a storage that was closed in order: the index behind its last entry. All of the log had been synced then, so
 * nothing in it can be a torn write.
 */
export const cleanShutdownName = "clean-shutdown";

/** Of files that are being written; whatever has it when the storage opens is left over from a crash. */
export const temporarySuffix = ".tmp";

/** Of a snapshot that `sender` sends: a transfer that broke goes on where this file ends, with the same sender only. */
export function receivingName({ index, term }: EntryId, sender: MemberKey): string {
  const from = `${sender.id}-${encodeURIComponent(sender.directoryId)}`;
  return `${padded(index)}-${padded(term)}-from-${from}.receiving`;
}

const receiving = /^(\d{20})-\d{20}-from-.*\.receiving$/;

export function isReceivingName(name: string): boolean {
  return receiving.test(name);
}

/** Whether `name` is of a snapshot that one at `index` makes needless. */
export function isReceivingUpTo(index: LogIndex, name: string): boolean {
  return Number(receiving.exec(name)?.[1] ?? Number.NaN) <= index;
}

/** So that names sort as what they count. */
export function padded(value: number): string {
  return String(value).padStart(20, "0");
}
