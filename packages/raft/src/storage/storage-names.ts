/** Term and vote. */
export const hardStateName = "hard-state";

/**
 * Left by a storage that was closed in order: the index behind its last entry. All of the log had been synced then, so
 * nothing in it can be a torn write.
 */
export const cleanShutdownName = "clean-shutdown";

/** Of files that are being written; whatever has it when the storage opens is left over from a crash. */
export const temporarySuffix = ".tmp";
