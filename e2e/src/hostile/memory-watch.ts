import { residentBytes } from "../harness/index.ts";

/** Looks at a process's memory all the time, since what is given back again counts too. */
export class MemoryWatch implements Disposable {
  maxBytes: number;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.maxBytes = residentBytes(pid);
    this.#timer = setInterval(() => {
      this.maxBytes = Math.max(this.maxBytes, residentBytes(pid));
    }, 10);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
