import { type PlantedControllerBug, plantedControllerBugs } from "../controllers/planted-controller-bugs.ts";
import { type SimulateControllersOptions, simulateControllers } from "../controllers/simulate-controllers.ts";
import { plantedBugs } from "../planted/planted-bugs.ts";
import { type SimulationResult, simulateQuorum } from "../raft/simulate-quorum.ts";

/** What can be run, and the mistakes that can be planted in it. */
interface Simulation {
  readonly bugs: Readonly<Record<string, PlantedControllerBug>>;
  readonly run: (options: SimulateControllersOptions) => Promise<SimulationResult>;
}

export function simulation(controllers: boolean): Simulation {
  return controllers
    ? { bugs: plantedControllerBugs, run: simulateControllers }
    : { bugs: plantedBugs, run: simulateQuorum };
}
