export { type CheckersOptions, makeCheckers } from "./checks/make-checkers.ts";
export type { Answered, Observed, RaftObserver } from "./checks/raft-observer.ts";
export { RaftWatch } from "./checks/raft-watch.ts";
export type { BrokerPlan } from "./controllers/broker-plan.ts";
export {
  type PlantedControllerBug,
  type PlantedControllerBugName,
  plantedControllerBugs,
} from "./controllers/planted-controller-bugs.ts";
export { type SimulateControllersOptions, simulateControllers } from "./controllers/simulate-controllers.ts";
export { Ledger } from "./ledger/ledger.ts";
export { checkLinearizable, type LinearizabilityResult } from "./linearizability/check-linearizable.ts";
export type { Operation, SequentialModel } from "./linearizability/model.ts";
export { type RegisterInput, type RegisterOutput, registerModel } from "./linearizability/register-model.ts";
export { type FaultName, faultNames } from "./nemesis/fault-names.ts";
export { fairWeather, type LinkWeather } from "./network/link-weather.ts";
export { type NetworkPort, SimulatedNetwork } from "./network/simulated-network.ts";
export { type PlantedBugName, plantedBugs } from "./planted/planted-bugs.ts";
export { describeMessage } from "./raft/describe-message.ts";
export { drawPlan, type QuorumPlan } from "./raft/quorum-plan.ts";
export type { PlantedBug } from "./raft/quorum-setup.ts";
export {
  type SimulateQuorumOptions,
  type SimulationResult,
  simulateQuorum,
} from "./raft/simulate-quorum.ts";
export { SimulatedTransport, type SimulatedTransportOptions } from "./raft/simulated-transport.ts";
export type { Served } from "./rpc/incoming-call.ts";
export { type RpcCaller, SimulatedRpc } from "./rpc/simulated-rpc.ts";
export { AmbientUse, trapAmbient } from "./world/ambient-traps.ts";
export { type DiskWeather, diskFaults, fairDisk } from "./world/disk-weather.ts";
export { drained } from "./world/drained.ts";
export { Machine } from "./world/machine.ts";
export { SimulatedProcess } from "./world/simulated-process.ts";
export { Transcript } from "./world/transcript.ts";
export { Violation } from "./world/violation.ts";
export { World, type WorldOptions } from "./world/world.ts";
