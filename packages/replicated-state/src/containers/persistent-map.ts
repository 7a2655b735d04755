import type { Owner } from "./owner.ts";

export declare class PersistentMap<K extends string | number, V> implements Iterable<[K, V]> {
  static empty<K extends string | number, V>(): PersistentMap<K, V>;
  readonly size: number;
  get(key: K): V | undefined;
  has(key: K): boolean;
  /** Returns this map, changed in place, when `owner` made it; a changed copy otherwise. Assign the result. */
  set(key: K, value: V, owner: Owner): PersistentMap<K, V>;
  delete(key: K, owner: Owner): PersistentMap<K, V>;
  keys(): Generator<K>;
  values(): Generator<V>;
  entries(): Generator<[K, V]>;
  [Symbol.iterator](): Generator<[K, V]>;
}
