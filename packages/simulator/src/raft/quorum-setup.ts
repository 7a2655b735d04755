import type { Endpoint, Message, RaftNodeOptions, RaftStorage, Voter } from "@millrace/raft";
import type { RaftObserver } from "../checks/raft-observer.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import type { World } from "../world/world.ts";
import type { QuorumPlan } from "./quorum-plan.ts";

/** What all nodes of a simulated quorum share. */
export interface QuorumSetup {
  readonly world: World;
  readonly network: SimulatedNetwork<Message>;
  readonly watch: RaftObserver;
  readonly bootstrapVoters: readonly Voter[];
  /** Every machine: the last voter may be one that no bootstrap set knows. */
  readonly contacts: readonly Endpoint[];
  readonly timing: NonNullable<RaftNodeOptions["timing"]>;
  readonly limits: NonNullable<RaftNodeOptions["limits"]>;
  readonly segmentBytes: number;
  readonly applyMsMax: number;
  /** A planted bug, if any. */
  readonly planted: PlantedBug;
}

/** A bug to be found: wrong rules, or something done around the node. */
export interface PlantedBug {
  readonly rules?: NonNullable<RaftNodeOptions["rules"]>;
  /** Instead of what a seed draws: a bug that needs rare circumstances gets them more often. */
  readonly plan?: Partial<QuorumPlan>;
  /** A replaced disk keeps the directory id of the one before. */
  readonly keepsDirectoryId?: boolean;
  /** Stands between a node and its storage. */
  readonly storage?: (storage: RaftStorage) => RaftStorage;
}
