const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * MurmurHash2 (32 bit, Appleby) with the seed of Kafka's Java client, so that one key goes to one partition whichever
 * client sends it.
 */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let hash = SEED ^ length;
  const end = length - (length % 4);
  for (let at = 0; at < end; at += 4) {
    let word =
      byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    word = Math.imul(word, M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = length % 4;
  if (rest === 3) hash ^= byte(data, end + 2) << 16;
  if (rest >= 2) hash ^= byte(data, end + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(data, end), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  hash ^= hash >>> 15;
  return hash;
}

const byte = (data: Uint8Array, at: number): number => data[at] as number;

/** Kafka's default for records with a key: the hash made positive, modulo the partitions of the topic. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
