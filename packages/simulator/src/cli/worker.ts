import { parentPort } from "node:worker_threads";
import type { SimulationResult } from "../raft/simulate-quorum.ts";
import { simulation } from "./simulation.ts";

export interface Job {
  readonly seed: number;
  readonly events: number;
  readonly controllers: boolean;
  readonly bug: string | undefined;
}

export type JobResult = Omit<SimulationResult, "violation"> & {
  readonly violation: string | undefined;
};

/** Errors lose their class on the way between threads: only the message goes. */
export async function runJob({ seed, events, controllers, bug }: Job): Promise<JobResult> {
  const { bugs, run } = simulation(controllers);
  const planted = (bug === undefined ? undefined : bugs[bug]) ?? {};
  const { violation, ...result } = await run({ seed, events, planted });
  return { ...result, violation: violation?.message };
}

/** Runs what it is sent, one after the other. */
export function serveJobs(): void {
  parentPort?.on("message", async (job: Job) => parentPort?.postMessage(await runJob(job)));
}
