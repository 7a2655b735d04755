import fs from "node:fs";

/** Linux' and macOS' IOV_MAX: buffers that one `writev` takes. */
const buffersMax = 1024;

/** Writes everything, however little each call takes. Throws what `fs` throws. */
export function writeAllSync(fd: number, buffers: readonly Uint8Array[], position: number): void {
  const rest = new Remaining(buffers, position);
  for (let next = rest.next(); next.length > 0; next = rest.next()) {
    rest.wrote(fs.writevSync(fd, next, rest.position));
  }
}

export async function writeAll(fd: number, buffers: readonly Uint8Array[], position: number): Promise<void> {
  const rest = new Remaining(buffers, position);
  for (let next = rest.next(); next.length > 0; next = rest.next()) {
    rest.wrote(await writev(fd, next, rest.position));
  }
}

/** What is still to be written of a list of buffers, after each short write. */
export class Remaining {
  position: number;
  readonly #buffers: readonly Uint8Array[];
  #index = 0;
  /** Bytes of the buffer at `#index` that are written. */
  #within = 0;

  constructor(buffers: readonly Uint8Array[], position: number) {
    this.#buffers = buffers;
    this.position = position;
  }

  /** For the next call; empty when all is written. The list itself when it is short and nothing was written yet. */
  next(): readonly Uint8Array[] {
    this.#skipWritten();
    if (this.#index === 0 && this.#within === 0 && this.#buffers.length <= buffersMax) return this.#buffers;
    const next = this.#buffers.slice(this.#index, this.#index + buffersMax);
    const first = next[0];
    if (first !== undefined) next[0] = first.subarray(this.#within);
    return next;
  }

  wrote(bytes: number): void {
    if (bytes === 0) throw new Error("the file takes no more bytes");
    this.position += bytes;
    this.#within += bytes;
  }

  #skipWritten(): void {
    for (let buffer = this.#buffers[this.#index]; buffer !== undefined; buffer = this.#buffers[this.#index]) {
      if (this.#within < buffer.length) return;
      this.#within -= buffer.length;
      this.#index += 1;
    }
  }
}

function writev(fd: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, buffers, position, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}
