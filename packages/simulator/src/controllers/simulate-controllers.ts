import { type SimulateQuorumOptions, type SimulationResult, simulate } from "../raft/simulate-quorum.ts";
import type { ControllerGuest } from "./controller-guest.ts";
import { ControllerWorkload } from "./controller-workload.ts";
import type { PlantedControllerBug } from "./planted-controller-bugs.ts";

export interface SimulateControllersOptions extends SimulateQuorumOptions {
  readonly planted?: PlantedControllerBug;
}

/** Runs one seed of a quorum of controllers to its end, or to the first violation. */
export function simulateControllers(options: SimulateControllersOptions): Promise<SimulationResult> {
  return simulate<ControllerGuest>(options, (quorum) => new ControllerWorkload(quorum, options.planted));
}
