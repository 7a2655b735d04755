import type { Segment } from "../segments/segment.ts";

/** How much a sequential reader gets at once. */
export const WINDOW_BYTES = 1_048_576;
/** The least that is worth a call: what a reader that jumps about gets. */
const WINDOW_BYTES_MIN = 65_536;
/** Reads begin on a page. */
const PAGE_BYTES = 4_096;

/** A stretch of a segment's file in memory. */
export interface Window {
  readonly segment: Segment;
  readonly position: number;
  readonly bytes: Buffer;
}

/**
 * The stretches that cold readers are in, of all partitions of a node, least recently used out first. A reader that goes
 * on where a window ends gets large reads; one that starts somewhere gets a small one.
 */
export class ReadAhead {
  #bytesMax: number;
  #bytes = 0;
  readonly #windows = new Map<Segment, Window[]>();
  readonly #byUse = new Set<Window>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#bytes;
  }

  setBytesMax(bytes: number): void {
    this.#bytesMax = bytes;
    this.#evict();
  }

  /** A window that has at least `bytes` bytes from `position` on. */
  find(segment: Segment, position: number, bytes: number): Window | undefined {
    const window = this.#windows.get(segment)?.find((candidate) => covers(candidate, position, bytes));
    if (window === undefined) return undefined;
    this.#byUse.delete(window);
    this.#byUse.add(window);
    return window;
  }

  /** Reads one: at least `bytes` bytes, which the segment has. */
  async load(segment: Segment, position: number, bytes: number): Promise<Window> {
    const sequential = this.#windows.get(segment)?.some((window) => covers(window, position, 0)) ?? false;
    const start = position - (position % PAGE_BYTES);
    const wanted = position + Math.max(bytes, sequential || position === 0 ? WINDOW_BYTES : WINDOW_BYTES_MIN);
    const end = Math.min(wanted + ((PAGE_BYTES - (wanted % PAGE_BYTES)) % PAGE_BYTES), segment.writtenBytes);
    const buffer = Buffer.allocUnsafeSlow(end - start);
    const { cuts } = segment;
    const length = await segment.file.read(buffer, start);
    const window = { segment, position: start, bytes: buffer.subarray(0, length) };
    if (cuts === segment.cuts) this.#keep(window); // else it may hold what is truncated by now
    return window;
  }

  /** After truncation and deletion. */
  forget(segment: Segment): void {
    for (const window of this.#windows.get(segment) ?? []) this.#drop(window);
  }

  #keep(window: Window): void {
    const siblings = this.#windows.get(window.segment);
    if (siblings === undefined) this.#windows.set(window.segment, [window]);
    else siblings.push(window);
    this.#byUse.add(window);
    this.#bytes += window.bytes.buffer.byteLength;
    this.#evict();
  }

  #evict(): void {
    for (const window of this.#byUse) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#drop(window);
    }
  }

  #drop(window: Window): void {
    if (!this.#byUse.delete(window)) return;
    this.#bytes -= window.bytes.buffer.byteLength;
    const left = (this.#windows.get(window.segment) ?? []).filter((other) => other !== window);
    if (left.length === 0) this.#windows.delete(window.segment);
    else this.#windows.set(window.segment, left);
  }
}

function covers(window: Window, position: number, bytes: number): boolean {
  const at = position - window.position;
  return at >= 0 && at + bytes <= window.bytes.length;
}
