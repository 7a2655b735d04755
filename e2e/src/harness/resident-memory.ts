import { readFileSync } from "node:fs";

/** Physical memory that a process holds right now, in bytes; 0 when it has ended and was not yet waited for. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
