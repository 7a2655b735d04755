import { parentPort } from "node:worker_threads";
import { type PlantedBugName, plantedBugs } from "../planted/planted-bugs.ts";
import { type SimulationResult, simulateQuorum } from "../raft/simulate-quorum.ts";

export interface Job {
  readonly seed: number;
  readonly events: number;
  readonly bug: string | undefined;
}

export type JobResult = Omit<SimulationResult, "violation"> & {
  readonly violation: string | undefined;
};

/** Errors lose their class on the way between threads: only the message goes. */
export async function runJob({ seed, events, bug }: Job): Promise<JobResult> {
  const planted = bug === undefined ? {} : plantedBugs[bug as PlantedBugName];
  const { violation, ...result } = await simulateQuorum({ seed, events, planted });
  return { ...result, violation: violation?.message };
}

/** Runs what it is sent, one after the other. */
export function serveJobs(): void {
  parentPort?.on("message", async (job: Job) => parentPort?.postMessage(await runJob(job)));
}
