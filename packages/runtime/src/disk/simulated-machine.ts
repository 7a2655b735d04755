import type { Clock } from "../clock/clock.ts";
import type { MaybePromise } from "../maybe-promise.ts";
import { DiskError, type DiskErrorCode } from "./disk-error.ts";

export type DiskOperation =
  | "open"
  | "read"
  | "write"
  | "sync"
  | "truncate"
  | "list"
  | "makeDirectory"
  | "rename"
  | "remove"
  | "syncDirectory"
  | "lock";

/** What may go wrong with each operation, changed at any time. Paths are relative to the disk. */
export interface DiskFaults {
  /** The error with which an operation fails before it has done anything (a sync: after it has). */
  fail?: ((operation: DiskOperation, path: string) => DiskErrorCode | undefined) | undefined;
  /** Milliseconds that an operation takes; without it, or at 0, it completes at once. */
  delayMs?: ((operation: DiskOperation, path: string) => number) | undefined;
}

/** The power and the faults that the files of one simulated disk share. */
export class SimulatedMachine {
  readonly faults: DiskFaults = {};
  readonly #clock: Clock | undefined;
  #hasPower = true;

  constructor(clock: Clock | undefined) {
    this.#clock = clock;
  }

  cutPower(): void {
    this.#hasPower = false;
  }

  /** Throws when the operation is to fail. */
  check(operation: DiskOperation, path: string): void {
    if (!this.#hasPower) throw new DiskError("IO", path, "the power was cut");
    const code = this.faults.fail?.(operation, path);
    if (code !== undefined) throw new DiskError(code, path, `simulated failure of ${operation}`);
  }

  /** Ends an operation: `finish` makes its result, now or after the operation's delay; never without power. */
  complete<T>(operation: DiskOperation, path: string, finish: () => T): MaybePromise<T> {
    const delayMs = this.faults.delayMs?.(operation, path) ?? 0;
    if (delayMs === 0 || this.#clock === undefined) return finish();
    const clock = this.#clock;
    return new Promise<void>((resolve) => clock.setTimer(delayMs, resolve)).then(() => {
      if (!this.#hasPower) throw new DiskError("IO", path, "the power was cut");
      return finish();
    });
  }
}
