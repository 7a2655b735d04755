import type { Entry, MemberKey, RaftNode, RaftNodeOptions, SnapshotId } from "@millrace/raft";
import type { MaybePromise } from "@millrace/runtime";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { Companion } from "./companion.ts";

/** What a node runs on its raft log: a state machine, or a service around one. Lives as long as one process. */
export interface Guest {
  /** Opens the node, and itself on it. */
  open(options: Omit<RaftNodeOptions, "stateMachine">): Promise<RaftNode>;
  /** As on SIGTERM. */
  stop(): Promise<void>;
}

/** The process that a guest lives in, and whom it tells what it does. */
export interface GuestHost {
  readonly member: MemberKey;
  /** The name of its machine, where others reach it. */
  readonly host: string;
  readonly process: SimulatedProcess;
  readonly applied: (entries: readonly Entry[]) => void;
  /** `chain` is the hash of everything that the snapshot stands for. */
  readonly restored: (snapshot: SnapshotId, chain: number) => void;
  /** Resolves when a slow state machine is done with a piece. */
  readonly pause: () => MaybePromise<void>;
}

/** Somebody who calls what the guests serve, one thing after the other. */
export interface Caller {
  /** No call is on its way. */
  readonly isIdle: boolean;
  start(): void;
  /** After the call that is on its way. */
  stop(): void;
  /** Waits at least so long between calls from now on. */
  slowDown(waitMs: number): void;
}

/** What a simulated quorum is for: guests, those who call them, and what these saw. */
export interface Workload<G extends Guest> {
  readonly clients: readonly Caller[];
  readonly history: { readonly answered: number; checkAll(): void };
  makeGuest(host: GuestHost): G;
  /** Whoever runs beside the guests, and suffers with them. */
  readonly companions?: readonly Companion[];
  /** Faults are over, and everybody is to come to rest. */
  healed?(): void;
  /** What has not come to rest yet; undefined when everything has. */
  unsettled?(): string | undefined;
}
