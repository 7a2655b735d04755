import type { Clocks, Executor, Random } from "@millrace/runtime";

/** What a client needs of the world. */
export interface ClientRuntime {
  readonly clocks: Clocks;
  readonly random: Random;
  readonly executor: Executor;
}
