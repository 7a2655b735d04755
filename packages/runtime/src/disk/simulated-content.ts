import { type Random, randomBelow } from "../random.ts";
import { ChunkedBytes } from "./chunked-bytes.ts";
import { DiskError } from "./disk-error.ts";
import { MemoryContent } from "./memory-file.ts";
import type { Space } from "./space.ts";

/** What a disk writes as a whole. */
const sectorBytes = 512;

type Change =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly size: number };

/** A file as its readers see it, as it is on the platter, and what lies between. */
export class SimulatedContent {
  readonly #space: Space;
  readonly #current: MemoryContent;
  #platter = new ChunkedBytes();
  #unsynced: Change[] = [];

  constructor(space: Space) {
    this.#space = space;
    this.#current = new MemoryContent(space);
  }

  get size(): number {
    return this.#current.bytes.size;
  }

  read(target: Uint8Array, position: number): number {
    return this.#current.bytes.read(target, position);
  }

  toBuffer(): Buffer {
    return this.#current.bytes.toBuffer();
  }

  /** On a full disk the part that fits is written before it fails, as a real one does. */
  write(path: string, buffers: readonly Uint8Array[], position: number): void {
    const bytes = Buffer.concat(buffers);
    const fitting = bytes.subarray(0, Math.max(0, this.size + this.#space.roomBytes - position));
    this.#current.write(path, [fitting], position);
    if (fitting.length > 0) this.#unsynced.push({ kind: "write", position, bytes: fitting });
    if (fitting.length < bytes.length) throw new DiskError("FULL", path, "no space left");
  }

  truncate(path: string, size: number): void {
    this.#current.truncate(path, size);
    this.#unsynced.push({ kind: "truncate", size });
  }

  /** Begins a sync, which covers what was written up to now; the platter has it when `end` is called. */
  beginSync(): { end(): void; fail(): void } {
    const covered = this.#unsynced.length;
    return {
      end: () => {
        for (const change of this.#unsynced.splice(0, covered)) apply(this.#platter, change);
      },
      // The kernel drops what it could not write, and readers see it until the power is cut.
      fail: () => {
        this.#unsynced.splice(0, covered);
      },
    };
  }

  unlink(): void {
    this.#current.unlink();
  }

  /** Turns one bit over, in what is read and on the platter. */
  flipBit(position: number, bit: number): void {
    const byte = Buffer.alloc(1);
    if (this.read(byte, position) === 0) return;
    byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
    this.#current.bytes.write(byte, position);
    if (position < this.#platter.size) this.#platter.write(byte, position);
  }

  /** What a power cut leaves: all that was synced, and of the rest nothing, everything, or any part of it. */
  afterPowerCut(random: Random, space: Space): SimulatedContent {
    const survivor = new SimulatedContent(space);
    const platter = this.#platter.clone();
    const luck = randomBelow(random, 4);
    for (const change of this.#unsynced) {
      if (luck === 0) break;
      if (luck === 1) apply(platter, change);
      else applyPart(platter, change, random);
    }
    survivor.#platter = platter;
    survivor.#current.write("", [platter.toBuffer()], 0);
    return survivor;
  }
}

function apply(platter: ChunkedBytes, change: Change): void {
  if (change.kind === "write") platter.write(change.bytes, change.position);
  else platter.truncate(change.size);
}

/** A change is kept, lost or torn; a torn write leaves any of its sectors, in no order. */
function applyPart(platter: ChunkedBytes, change: Change, random: Random): void {
  const fate = randomBelow(random, 3);
  if (fate === 0) return;
  if (fate === 1 || change.kind === "truncate") apply(platter, change);
  else tear(platter, change.bytes, change.position, random);
}

function tear(platter: ChunkedBytes, bytes: Buffer, position: number, random: Random): void {
  const end = position + bytes.length;
  for (let at = position; at < end; ) {
    const sectorEnd = Math.min(end, (Math.floor(at / sectorBytes) + 1) * sectorBytes);
    if (randomBelow(random, 2) === 0) platter.write(bytes.subarray(at - position, sectorEnd - position), at);
    at = sectorEnd;
  }
}
