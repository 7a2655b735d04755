import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const chunk = Buffer.alloc(1024 * 1024, 1);

/**
 * Writes that many bytes to a file and removes it, so that the kernel has as much free memory that was touched a moment
 * ago. A virtual machine gives free memory back to its host and fetches it anew at the first touch, at a tenth of the
 * speed of memory: without this, a run measures how long ago somebody else used the pages that it is given.
 */
export async function warmMemory(bytes: number): Promise<void> {
  const path = join(tmpdir(), `millrace-bench-warm-${process.pid}`);
  const file = await open(path, "w");
  try {
    for (let written = 0; written < bytes; written += chunk.length) await file.write(chunk);
  } finally {
    await file.close();
    await rm(path);
  }
}
