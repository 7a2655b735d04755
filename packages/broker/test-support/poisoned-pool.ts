import { BufferPool } from "@millrace/runtime";

/** Whoever reads what was given back reads nonsense. */
export function poisoned(): BufferPool {
  return new BufferPool({ freeBytesMax: 1_048_576, freed: (bytes) => bytes.fill(0xdd) });
}
