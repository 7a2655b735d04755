import { hashKey } from "./hash-key.ts";
import { absent, emptyNode, find, insert, type MapNode, pairs, remove } from "./map-node.ts";
import type { Owner } from "./owner.ts";

/**
 * An immutable map that shares what did not change with the map that it came from; within a batch it is written in
 * place. Keys are strings and safe integers. Iteration is in the order of the keys' hashes: the same for the same
 * keys, in every process, however the map came about.
 */
export class PersistentMap<K extends string | number, V> implements Iterable<[K, V]> {
  readonly #owner: Owner | undefined;
  #root: MapNode;

  private constructor(root: MapNode, owner: Owner | undefined) {
    this.#root = root;
    this.#owner = owner;
  }

  static empty<K extends string | number, V>(): PersistentMap<K, V> {
    return new PersistentMap<K, V>(emptyNode, undefined);
  }

  get size(): number {
    return this.#root.count;
  }

  get(key: K): V | undefined {
    const found = find(this.#root, key);
    return found === absent ? undefined : (found as V);
  }

  has(key: K): boolean {
    return find(this.#root, key) !== absent;
  }

  /**
   * This map, changed in place, when `owner` made it, or when nothing changes; a changed copy otherwise. Assign the
   * result.
   */
  set(key: K, value: V, owner: Owner): PersistentMap<K, V> {
    return this.#withRoot(insert(this.#root, 0, hashKey(key), key, value, owner), owner);
  }

  /** Like `set`; a key that is not there changes nothing. */
  delete(key: K, owner: Owner): PersistentMap<K, V> {
    return this.#withRoot(remove(this.#root, 0, hashKey(key), key, owner), owner);
  }

  *keys(): Generator<K> {
    for (const [key] of pairs(this.#root)) yield key as K;
  }

  *values(): Generator<V> {
    for (const [, value] of pairs(this.#root)) yield value as V;
  }

  entries(): Generator<[K, V]> {
    return pairs(this.#root) as Generator<[K, V]>;
  }

  [Symbol.iterator](): Generator<[K, V]> {
    return this.entries();
  }

  #withRoot(root: MapNode, owner: Owner): PersistentMap<K, V> {
    if (root === this.#root) return this;
    if (this.#owner !== owner) return new PersistentMap<K, V>(root, owner);
    this.#root = root;
    return this;
  }
}
