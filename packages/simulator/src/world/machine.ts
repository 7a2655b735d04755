import { type Clock, type DiskFaults, type Random, SimulatedDisk } from "@millrace/runtime";
import { ProcessClock } from "./process-clock.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SkewedClock } from "./skewed-clock.ts";
import type { World } from "./world.ts";

/** A computer: a disk, a clock of its own, and a process that runs on it or does not. */
export class Machine {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly #world: World;
  readonly #random: Random;
  readonly #diskFaults: DiskFaults;
  #disk: SimulatedDisk;
  #process: SimulatedProcess | undefined;
  #started = 0;

  /** `diskFaults` are those of whatever disk it has. */
  constructor(name: string, world: World, diskFaults: DiskFaults) {
    this.name = name;
    this.clock = new SkewedClock(world.clock);
    this.#world = world;
    this.#random = world.random.fork(`disk of ${name}`);
    this.#diskFaults = diskFaults;
    this.#disk = this.#newDisk();
  }

  get disk(): SimulatedDisk {
    return this.#disk;
  }

  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  /** How many processes have been started here. */
  get started(): number {
    return this.#started;
  }

  start(): SimulatedProcess {
    this.#process?.end();
    this.#started += 1;
    this.#process = new SimulatedProcess(`${this.name}#${this.#started}`, (event) =>
      this.#world.after(0, event),
    );
    return this.#process;
  }

  /** The time as `process` sees it. */
  clockOf(process: SimulatedProcess): Clock {
    return new ProcessClock(this.#world.clock, this.clock, process);
  }

  /** Ends the process; what it wrote stays, synced or not. */
  kill(): void {
    this.#endProcess();
    this.#use(this.#disk.reopen());
  }

  /** Ends the process, and of what was not synced any part may be gone. */
  cutPower(): void {
    this.#endProcess();
    this.#use(this.#disk.crash());
  }

  /** Ends the process, and a new disk takes the place of the old one. */
  replaceDisk(): void {
    this.#endProcess();
    this.#use(this.#newDisk());
  }

  #endProcess(): void {
    this.#process?.end();
    this.#process = undefined;
  }

  #newDisk(): SimulatedDisk {
    const disk = new SimulatedDisk({ random: this.#random, clock: this.#diskClock() });
    Object.assign(disk.faults, this.#diskFaults);
    return disk;
  }

  #use(disk: SimulatedDisk): void {
    Object.assign(disk.faults, this.#diskFaults);
    this.#disk = disk;
  }

  /** True time; what a disk has done reaches the process that asked for it. */
  #diskClock(): Clock {
    const { clock } = this.#world;
    return {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (delayMs, callback) => {
        const process = this.#process;
        return clock.setTimer(delayMs, () => process?.enter(callback));
      },
    };
  }
}
