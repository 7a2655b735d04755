import type { MaybePromise } from "../maybe-promise.ts";

/**
 * What an open file is for, in order of precedence: raft's fsync goes first and never shares a blocked turn,
 * `log` is appends and tail reads, and `bulk` (cold reads, snapshots) never holds the last I/O thread.
 */
export type DiskClass = "raft" | "log" | "bulk";

export interface OpenOptions {
  /** `read`: the file must exist. `write`: created when missing, readable too. */
  readonly mode: "read" | "write";
  readonly diskClass: DiskClass;
}

/** Positions and sizes are bytes. Every call can fail with a `DiskError`. */
export interface DiskFile {
  readonly path: string;
  size(): Promise<number>;
  /**
   * Writes all of `buffers`, one after the other, at `position`. Returns at once when the page cache took them,
   * a promise when the disk was slow (over 2 ms of late) or another write of this file is on its way: callers
   * never write a file twice at a time. The buffers must not change until it is done.
   */
  write(buffers: readonly Uint8Array[], position: number): MaybePromise<void>;
  /** Fills `target` from `position`; returns the bytes read, fewer than asked only at the end of the file. */
  read(target: Uint8Array, position: number): MaybePromise<number>;
  /** What was written is on the platter when this resolves (fdatasync). */
  sync(): Promise<void>;
  /** Cuts or extends with zeros. */
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "file" | "directory";
}

/** Held until released or until the process ends. */
export interface DiskLock {
  release(): Promise<void>;
}

/**
 * A data directory. Paths are relative to it, separated by "/"; "" is the directory itself.
 * A rename is atomic. New, renamed and removed names are durable once their directory was synced.
 */
export interface Disk {
  /** For messages to people: the absolute path, or "memory". */
  readonly description: string;
  open(path: string, options: OpenOptions): Promise<DiskFile>;
  /** Whole small files (checkpoints, properties). Undefined when there is none. */
  readFile(path: string): Promise<Buffer | undefined>;
  /**
   * Replaces a small file so that a crash leaves the old or the new one: temporary file, fsync, rename, fsync. The
   * temporary one is named `<path>.tmp`, and a crash may leave that too.
   */
  replaceFile(path: string, content: Uint8Array): Promise<void>;
  /** Sorted by name. Empty when the directory does not exist. */
  list(path: string): Promise<readonly DirectoryEntry[]>;
  /** With those above it that are missing; nothing when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Replaces a file at `to`, or an empty directory by a directory. */
  rename(from: string, to: string): Promise<void>;
  /** A file or a whole tree; nothing when there is none. Open files stay usable until they are closed. */
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Bytes that can still be written, or undefined when unknown. */
  freeBytes(): Promise<number | undefined>;
  totalBytes(): Promise<number | undefined>;
  /** Refuses with `IN_USE` while another process, or another node of this one, holds it. */
  lock(path: string): Promise<DiskLock>;
}
