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
}

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();

/** Of this process; the next stalls are counted from here. */
export function takeMeasures(): ProcessMeasures {
  const stallMs = delays.max / 1e6;
  delays.reset();
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return {
    residentMiB: residentMiB(process.pid),
    peakMiB: Number(peak?.[1] ?? Number.NaN) / 1024,
    cpuSeconds: cpuSeconds(process.pid),
    stallMs,
  };
}
