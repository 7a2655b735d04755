import fs from "node:fs";

/** Reads until `target` is full or the file ends; returns the bytes read. Throws what `fs` throws. */
export function readFullSync(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const bytes = fs.readSync(fd, target, done, target.length - done, position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

export async function readFull(fd: number, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const bytes = await read(fd, target, done, position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

function read(fd: number, target: Uint8Array, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, target, offset, target.length - offset, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}
