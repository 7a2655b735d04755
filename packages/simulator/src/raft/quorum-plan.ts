import type { RaftNodeOptions } from "@millrace/raft";
import { type Random, randomBelow, type SeededRandom } from "@millrace/runtime";
import { type FaultName, faultNames } from "../nemesis/fault-names.ts";
import { fairWeather, type LinkWeather } from "../network/link-weather.ts";
import { type DiskWeather, fairDisk } from "../world/disk-weather.ts";
import type { ClientHabits } from "./client-habits.ts";

/** Everything about a run that its seed decides before it begins. Printed with a failure. */
export interface QuorumPlan {
  readonly voters: number;
  /** Machines that are not voters at first. */
  readonly spares: number;
  readonly timing: NonNullable<RaftNodeOptions["timing"]>;
  readonly limits: NonNullable<RaftNodeOptions["limits"]>;
  readonly segmentBytes: number;
  /** State machines take up to so long for a piece of the log. */
  readonly applyMsMax: number;
  readonly weather: LinkWeather;
  readonly disk: DiskWeather;
  readonly clients: number;
  readonly registers: number;
  readonly habits: ClientHabits;
  /** Mean milliseconds between two strikes, of the faults that this run has. */
  readonly faults: Partial<Record<FaultName, number>>;
}

/**
 * Swarm testing (Groce and others, 2012): every run has a random part of the faults, each at a rate of its own, so that
 * some runs are rich in exactly what others lack. Sizes are tiny, to reach every edge often.
 */
export function drawPlan(random: SeededRandom): QuorumPlan {
  const shape = random.fork("shape");
  const voters = pick(shape, [1, 2, 3, 3, 3, 3, 4, 5, 5]);
  return {
    voters,
    spares: pick(shape, [0, 1, 1, 2]),
    timing: { tickMs: 20, electionTicks: pick(shape, [5, 10]), heartbeatTicks: pick(shape, [1, 2]) },
    limits: {
      appendBytesMax: pick(shape, [1, 300, 4_096]),
      inFlightMessagesMax: pick(shape, [1, 3, 64]),
      inFlightBytesMax: pick(shape, [500, 100_000]),
      tailBytesMax: pick(shape, [0, 1_000, 1_000_000]),
      caughtUpEntriesMax: pick(shape, [1, 20, 1_000]),
      pendingEntriesMax: pick(shape, [4, 100, 1_000]),
      snapshotPieceBytes: pick(shape, [64, 500, 100_000]),
      applyBytesMax: pick(shape, [1, 200, 4_096]),
      snapshotEveryBytes: pick(shape, [500, 2_000, 8_000, 1_000_000]),
    },
    segmentBytes: pick(shape, [300, 1_000, 4_000, 20_000]),
    applyMsMax: pick(shape, [0, 0, 0, 5]),
    weather: drawWeather(random.fork("weather")),
    disk: drawDisk(random.fork("disk")),
    clients: pick(shape, [1, 3, 5]),
    registers: pick(shape, [1, 2, 5]),
    habits: drawHabits(random.fork("habits")),
    faults: drawFaults(random.fork("faults")),
  };
}

function drawWeather(random: Random): LinkWeather {
  const delayMsMin = between(random, 0.1, 1);
  const isRough = random.fraction() < 0.4;
  return {
    ...fairWeather,
    delayMsMin,
    delayMsMax: delayMsMin + between(random, 0.1, 8),
    inOrder: random.fraction() < 0.5,
    ...(isRough && {
      lossRate: between(random, 0, 0.1),
      duplicateRate: between(random, 0, 0.1),
      lateRate: between(random, 0, 0.05),
      lateMsMax: between(random, 10, 300),
    }),
  };
}

function drawDisk(random: Random): DiskWeather {
  const syncMsMin = between(random, 0.05, 1);
  const stepRate = pick(random, [0, 0.05, 0.3]);
  return { ...fairDisk, syncMsMin, syncMsMax: syncMsMin + between(random, 0.1, 6), stepRate };
}

function drawHabits(random: Random): ClientHabits {
  return {
    thinkMsMax: pick(random, [5, 30, 100]),
    timeoutMs: pick(random, [200, 1_000]),
    readRate: pick(random, [0.2, 0.5]),
    compareAndSetRate: pick(random, [0, 0.2]),
    strayRate: pick(random, [0.05, 0.3]),
    paddingMax: pick(random, [0, 50, 600]),
  };
}

function drawFaults(random: Random): QuorumPlan["faults"] {
  const faults: Partial<Record<FaultName, number>> = {};
  for (const name of faultNames) {
    const isOn = random.fraction() < 0.5;
    const meanMs = between(random, 0, 1) ** 2 * 8_000 + 400;
    if (isOn) faults[name] = Math.round(meanMs);
  }
  return faults;
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[randomBelow(random, from.length)] as T;
}

export function between(random: Random, min: number, max: number): number {
  return min + (max - min) * random.fraction();
}
