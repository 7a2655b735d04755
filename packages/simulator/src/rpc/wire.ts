import type { Random } from "@millrace/runtime";
import type { World } from "../world/world.ts";

/** Of one way. */
const delayMsMax = 3;
/** How soon a frame that found the link cut tries again. */
const retransmitMs = 100;

export interface WireOptions {
  readonly world: World;
  readonly random: Random;
  /** Nothing gets through at the moment. */
  readonly isCut: () => boolean;
}

/** One direction of a connection: frames arrive in the order in which they were sent, and wait while the link is cut. */
export class Wire {
  readonly #options: WireOptions;
  readonly #frames: (() => void)[] = [];

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** `arrive` is an event of its own. */
  send(arrive: () => void): void {
    this.#frames.push(arrive);
    this.#arriveAfter(this.#options.random.fraction() * delayMsMax);
  }

  /** What is on its way never arrives. */
  drop(): void {
    this.#frames.length = 0;
  }

  #arriveAfter(delayMs: number): void {
    this.#options.world.after(delayMs, () => {
      if (this.#frames.length === 0) return;
      if (this.#options.isCut()) this.#arriveAfter(retransmitMs);
      else this.#frames.shift()?.();
    });
  }
}
