import type { Disk, RpcRouter, Runtime } from "@millrace/runtime";
import type { CheckedNodeOptions } from "./check-node-options.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the roles of a node have in common. */
export interface RoleGround {
  readonly options: CheckedNodeOptions;
  readonly nodeId: number;
  readonly clusterId: string;
  /** Of the data directory. */
  readonly directoryId: string;
  readonly disk: Disk;
  readonly runtime: Runtime;
  /** What the gRPC port is going to serve: a role adds its services before its start returns. */
  readonly services: RpcRouter;
  /** Where others reach that port; there once it is bound. */
  readonly grpcAddress: Promise<Address>;
  /** Aborted when the node has failed. */
  readonly failed: AbortSignal;
}

/** A role while it runs. */
export interface RunningRole {
  /** Resolves when it does its work for the cluster; rejects when it never will. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}
