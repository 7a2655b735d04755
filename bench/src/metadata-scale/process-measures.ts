import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { cpuSeconds, residentMiB } from "../harness/process-usage.ts";

export interface ProcessMeasures {
  readonly residentMiB: number;
  /** The most that was resident since the process began. */
  readonly peakMiB: number;
  readonly cpuSeconds: number;
  /** The longest that the event loop stood still since the last call. */
  readonly stallMs: number;
  /** The same in time on a core: what others on a busy machine took is not in it. */
  readonly stallCpuMs: number;
}

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();

let stallCpuMs = 0;
let turnBegan = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(turnBegan);
  stallCpuMs = Math.max(stallCpuMs, (user + system) / 1_000);
  turnBegan = process.threadCpuUsage();
}, 1).unref();

/** Of this process; the next stalls are counted from here. */
export function takeMeasures(): ProcessMeasures {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  const measures = {
    residentMiB: residentMiB(process.pid),
    peakMiB: Number(peak?.[1] ?? Number.NaN) / 1024,
    cpuSeconds: cpuSeconds(process.pid),
    stallMs: delays.max / 1e6,
    stallCpuMs,
  };
  delays.reset();
  stallCpuMs = 0;
  turnBegan = process.threadCpuUsage();
  return measures;
}
