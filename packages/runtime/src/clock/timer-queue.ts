import { assert } from "../assert.ts";
import type { Timer } from "./clock.ts";

/** In the heap at `index`, or out of it (fired or cancelled) at -1. */
interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  index: number;
}

/** Timers by when they are due, those due together in the order they were armed. A binary heap. */
export class TimerQueue {
  readonly #heap: Entry[] = [];
  #armed = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  add(dueMs: number, callback: () => void): Timer {
    assert(!Number.isNaN(dueMs), "timer without a time");
    this.#armed += 1;
    const entry: Entry = { dueMs, order: this.#armed, callback, index: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return { cancel: () => this.#remove(entry) };
  }

  /** Takes out the first; its caller runs it. */
  take(): (() => void) | undefined {
    const first = this.#heap[0];
    if (first === undefined) return undefined;
    this.#remove(first);
    return first.callback;
  }

  #remove(entry: Entry): void {
    if (entry.index === -1) return;
    const last = this.#heap.pop() as Entry;
    if (last !== entry) {
      this.#put(last, entry.index);
      this.#rise(last);
      this.#sink(last);
    }
    entry.index = -1;
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1] as Entry;
      if (isBefore(parent, entry)) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      if (left === undefined) return;
      const right = this.#heap[2 * entry.index + 2];
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (isBefore(entry, child)) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: Entry, b: Entry): void {
    const index = a.index;
    this.#put(a, b.index);
    this.#put(b, index);
  }

  #put(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
