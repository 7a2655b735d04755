/** Where a node's chance comes from: the operating system in production, a seed in a simulation. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** Fills with random bytes; good enough for identifiers, not for keys. */
  fill(target: Uint8Array): void;
}

/** Uniform integer in [0, limit). `limit` is 1 to 2^32. */
export function randomBelow(random: Random, limit: number): number {
  return Math.floor(random.fraction() * limit);
}
