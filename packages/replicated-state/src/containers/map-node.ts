import { hashKey } from "./hash-key.ts";
import type { Owner } from "./owner.ts";

export type Key = string | number;

const bitsPerLevel = 5;
/** Below this many bits of hash a node holds keys whose hashes are equal, sorted. */
const hashBits = 35;

/**
 * A node of a hash array mapped trie in the layout of CHAMP (Steindorfer and Vinju, 2015): `slots` holds the pairs
 * whose bits are in `dataMap`, key and value side by side, and after them the children whose bits are in `nodeMap`.
 * The shape depends on the keys alone, never on the order in which they came: deleting folds a child with a single
 * pair into its parent, and equal hashes are sorted by key.
 */
export class MapNode {
  readonly owner: Owner | undefined;
  dataMap: number;
  nodeMap: number;
  slots: unknown[];
  /** Pairs in this node and below. */
  count: number;

  constructor(owner: Owner | undefined, dataMap: number, nodeMap: number, slots: unknown[], count: number) {
    this.owner = owner;
    this.dataMap = dataMap;
    this.nodeMap = nodeMap;
    this.slots = slots;
    this.count = count;
  }
}

export const emptyNode = new MapNode(undefined, 0, 0, [], 0);

/** What `find` answers for a key that is not there: `undefined` is a value like others. */
export const absent = Symbol("absent");

export function find(root: MapNode, key: Key): unknown {
  const hash = hashKey(key);
  let node = root;
  for (let shift = 0; shift < hashBits; shift += bitsPerLevel) {
    const bit = bitAt(hash, shift);
    if ((node.dataMap & bit) !== 0) {
      const at = pairAt(node, bit);
      return node.slots[at] === key ? node.slots[at + 1] : absent;
    }
    if ((node.nodeMap & bit) === 0) return absent;
    node = node.slots[childAt(node, bit)] as MapNode;
  }
  const at = collisionAt(node, key);
  return at < node.slots.length && node.slots[at] === key ? node.slots[at + 1] : absent;
}

/** The node itself when it could be changed in place or nothing had to change. */
export function insert(
  node: MapNode,
  shift: number,
  hash: number,
  key: Key,
  value: unknown,
  owner: Owner,
): MapNode {
  if (shift >= hashBits) return insertColliding(node, key, value, owner);
  const bit = bitAt(hash, shift);
  if ((node.nodeMap & bit) !== 0) {
    const at = childAt(node, bit);
    const child = node.slots[at] as MapNode;
    const countBefore = child.count;
    const changed = insert(child, shift + bitsPerLevel, hash, key, value, owner);
    const added = changed.count - countBefore;
    return changed === child && added === 0 ? node : withSlot(node, owner, at, changed, added);
  }
  const at = pairAt(node, bit);
  if ((node.dataMap & bit) === 0) {
    const slots = inserted(node.slots, at, key, value);
    return withSlots(node, owner, node.dataMap | bit, node.nodeMap, slots, 1);
  }
  const present = node.slots[at] as Key;
  if (present === key) return replaceValue(node, owner, at + 1, value);
  const child = pairNode(shift + bitsPerLevel, present, node.slots[at + 1], hash, key, value, owner);
  // The pair goes and a child comes, behind all pairs: two slots less there, one more here.
  const nodeMap = node.nodeMap | bit;
  const childSlot = 2 * (popCount(node.dataMap) - 1) + popCount(nodeMap & (bit - 1));
  const slots = pairToChild(node.slots, at, childSlot, child);
  return withSlots(node, owner, node.dataMap ^ bit, nodeMap, slots, 1);
}

export function remove(node: MapNode, shift: number, hash: number, key: Key, owner: Owner): MapNode {
  if (shift >= hashBits) return removeColliding(node, key, owner);
  const bit = bitAt(hash, shift);
  if ((node.dataMap & bit) !== 0) {
    const at = pairAt(node, bit);
    if (node.slots[at] !== key) return node;
    return withSlots(node, owner, node.dataMap ^ bit, node.nodeMap, removed(node.slots, at), -1);
  }
  if ((node.nodeMap & bit) === 0) return node;
  const at = childAt(node, bit);
  const child = node.slots[at] as MapNode;
  const countBefore = child.count;
  const changed = remove(child, shift + bitsPerLevel, hash, key, owner);
  const lost = changed.count - countBefore;
  if (lost === 0) return node;
  if (changed.count > 1) return withSlot(node, owner, at, changed, lost);
  const dataMap = node.dataMap | bit;
  const pair = 2 * popCount(dataMap & (bit - 1));
  const slots = childToPair(node.slots, at, pair, changed);
  return withSlots(node, owner, dataMap, node.nodeMap ^ bit, slots, lost);
}

/** Pairs in the order of the trie: by hash, a node's own pairs before its children's. */
export function* pairs(root: MapNode): Generator<[Key, unknown]> {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const pairsEnd = node.nodeMap === 0 ? node.slots.length : 2 * popCount(node.dataMap);
    for (let at = 0; at < pairsEnd; at += 2) yield [node.slots[at] as Key, node.slots[at + 1]];
    for (let at = node.slots.length - 1; at >= pairsEnd; at--) stack.push(node.slots[at] as MapNode);
  }
}

function pairNode(
  shift: number,
  key: Key,
  value: unknown,
  otherHash: number,
  otherKey: Key,
  otherValue: unknown,
  owner: Owner,
): MapNode {
  const single = [key, value];
  if (shift >= hashBits) {
    return insertColliding(new MapNode(owner, 0, 0, single, 1), otherKey, otherValue, owner);
  }
  const node = new MapNode(owner, bitAt(hashKey(key), shift), 0, single, 1);
  return insert(node, shift, otherHash, otherKey, otherValue, owner);
}

function insertColliding(node: MapNode, key: Key, value: unknown, owner: Owner): MapNode {
  const at = collisionAt(node, key);
  if (at < node.slots.length && node.slots[at] === key) return replaceValue(node, owner, at + 1, value);
  return withSlots(node, owner, 0, 0, inserted(node.slots, at, key, value), 1);
}

function removeColliding(node: MapNode, key: Key, owner: Owner): MapNode {
  const at = collisionAt(node, key);
  if (at >= node.slots.length || node.slots[at] !== key) return node;
  return withSlots(node, owner, 0, 0, removed(node.slots, at), -1);
}

/** Where `key` is among sorted pairs, or belongs. */
function collisionAt(node: MapNode, key: Key): number {
  let at = 0;
  while (at < node.slots.length && isBefore(node.slots[at] as Key, key)) at += 2;
  return at;
}

function isBefore(a: Key, b: Key): boolean {
  return typeof a === typeof b ? a < b : typeof a === "number";
}

function replaceValue(node: MapNode, owner: Owner, at: number, value: unknown): MapNode {
  return Object.is(node.slots[at], value) ? node : withSlot(node, owner, at, value, 0);
}

function withSlot(node: MapNode, owner: Owner, at: number, value: unknown, added: number): MapNode {
  if (node.owner === owner) {
    node.slots[at] = value;
    node.count += added;
    return node;
  }
  const slots = node.slots.slice();
  slots[at] = value;
  return new MapNode(owner, node.dataMap, node.nodeMap, slots, node.count + added);
}

/** `slots` must be a new array. */
function withSlots(
  node: MapNode,
  owner: Owner,
  dataMap: number,
  nodeMap: number,
  slots: unknown[],
  added: number,
): MapNode {
  if (node.owner !== owner) return new MapNode(owner, dataMap, nodeMap, slots, node.count + added);
  node.dataMap = dataMap;
  node.nodeMap = nodeMap;
  node.slots = slots;
  node.count += added;
  return node;
}

// Copies are of exactly the size needed: an array that grows by `push` or `splice` keeps room for sixteen more.

/** With a pair more at `at`. */
function inserted(slots: readonly unknown[], at: number, key: unknown, value: unknown): unknown[] {
  const result = new Array<unknown>(slots.length + 2);
  for (let i = 0; i < at; i++) result[i] = slots[i];
  result[at] = key;
  result[at + 1] = value;
  for (let i = at; i < slots.length; i++) result[i + 2] = slots[i];
  return result;
}

/** With the pair at `at` gone. */
function removed(slots: readonly unknown[], at: number): unknown[] {
  const result = new Array<unknown>(slots.length - 2);
  for (let i = 0; i < at; i++) result[i] = slots[i];
  for (let i = at + 2; i < slots.length; i++) result[i - 2] = slots[i];
  return result;
}

/** With the pair at `pair` gone, and a child at `child`, which counts without the pair. */
function pairToChild(slots: readonly unknown[], pair: number, child: number, node: MapNode): unknown[] {
  const result = new Array<unknown>(slots.length - 1);
  for (let i = 0; i < pair; i++) result[i] = slots[i];
  for (let i = pair; i < child; i++) result[i] = slots[i + 2];
  result[child] = node;
  for (let i = child + 1; i < result.length; i++) result[i] = slots[i + 1];
  return result;
}

/** The other way around: `child` gone, and the only pair of `node` at `pair`. */
function childToPair(slots: readonly unknown[], child: number, pair: number, node: MapNode): unknown[] {
  const result = new Array<unknown>(slots.length + 1);
  for (let i = 0; i < pair; i++) result[i] = slots[i];
  result[pair] = node.slots[0];
  result[pair + 1] = node.slots[1];
  for (let i = pair; i < child; i++) result[i + 2] = slots[i];
  for (let i = child + 1; i < slots.length; i++) result[i + 1] = slots[i];
  return result;
}

function bitAt(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & 31);
}

function pairAt(node: MapNode, bit: number): number {
  return 2 * popCount(node.dataMap & (bit - 1));
}

function childAt(node: MapNode, bit: number): number {
  return 2 * popCount(node.dataMap) + popCount(node.nodeMap & (bit - 1));
}

function popCount(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
