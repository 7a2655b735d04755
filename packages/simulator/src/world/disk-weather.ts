import type { DiskErrorCode, DiskFaults, DiskOperation, Random } from "@millrace/runtime";

/** How a machine's disk behaves at the moment; changed at any time. */
export interface DiskWeather {
  syncMsMin: number;
  syncMsMax: number;
  /** How often another operation takes as long as a short sync, so that a crash can come between any two. */
  stepRate: number;
  /** Multiplies every delay. */
  slowness: number;
  isFull: boolean;
  /** Syncs fail. */
  isBroken: boolean;
}

export const fairDisk: Readonly<DiskWeather> = {
  syncMsMin: 0.1,
  syncMsMax: 1,
  stepRate: 0,
  slowness: 1,
  isFull: false,
  isBroken: false,
};

const growing: ReadonlySet<DiskOperation> = new Set(["write", "makeDirectory"]);
const syncing: ReadonlySet<DiskOperation> = new Set(["sync", "syncDirectory"]);

export function diskFaults(weather: DiskWeather, random: Random): DiskFaults {
  const draw = (): number =>
    (weather.syncMsMin + (weather.syncMsMax - weather.syncMsMin) * random.fraction()) * weather.slowness;
  return {
    fail(operation): DiskErrorCode | undefined {
      if (weather.isFull && growing.has(operation)) return "FULL";
      return weather.isBroken && syncing.has(operation) ? "IO" : undefined;
    },
    delayMs(operation): number {
      if (syncing.has(operation)) return draw();
      const steps = weather.stepRate > 0 && random.fraction() < weather.stepRate;
      return steps || weather.slowness > 1 ? draw() / 4 : 0;
    },
  };
}
