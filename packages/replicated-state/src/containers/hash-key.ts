import { assert } from "@millrace/runtime";

/** 32 well-mixed bits, the same in every process: the order of a map, and so of a snapshot, comes from them. */
export function hashKey(key: string | number): number {
  return typeof key === "string" ? hashString(key) : hashInteger(key);
}

/** FNV-1a over UTF-16 code units, finished as in MurmurHash3: FNV alone leaves the low bits of short keys alike. */
function hashString(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return mix(hash);
}

function hashInteger(key: number): number {
  assert(Number.isSafeInteger(key), "a number as key must be a safe integer");
  return mix((key | 0) ^ Math.imul(Math.floor(key / 2 ** 32), 0x9e3779b1));
}

function mix(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
