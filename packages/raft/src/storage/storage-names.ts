/** Term and vote. */
export const hardStateName = "hard-state";

/** Of files that are being written; whatever has it when the storage opens is left over from a crash. */
export const temporarySuffix = ".tmp";
