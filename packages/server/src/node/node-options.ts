import type { ControllerAddress } from "@millrace/controller";
import type { Logger } from "@millrace/runtime";

/**
 * What a process does for its cluster. A controller votes on the metadata, a broker keeps partitions and speaks to
 * clients, a coordinator looks after groups.
 */
export const nodeRoles = ["controller", "broker", "coordinator"] as const;
export type NodeRole = (typeof nodeRoles)[number];

/** Where a listener binds, and the address that clients are told. */
export interface ListenerOptions {
  /** As Kafka's configuration writes it: "PLAINTEXT", "EXTERNAL". */
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** What clients connect to, when that is not where it is bound (containers, NAT). */
  readonly advertisedHost?: string;
  readonly advertisedPort?: number;
}

/** A controller of a quorum as it was first set up: from its first start on the metadata log says who votes. */
export interface InitialController {
  readonly nodeId: number;
  /** Where its gRPC port is reached by the others. */
  readonly host: string;
  readonly port: number;
  /** Of its data directory, which is formatted before its first start: one that was wiped is another voter. */
  readonly directoryId: string;
}

export interface NodeOptions {
  /** Controller and broker when left out. */
  readonly roles?: readonly NodeRole[];
  /** A new one, made when the directory is formatted, when left out. Needed where the node is not its own quorum. */
  readonly clusterId?: string;
  /** Where controllers of the cluster are found; for nodes that are none. */
  readonly controllers?: readonly ControllerAddress[];
  /** The quorum as it began, the same on each of its controllers. Left out: the node is its own. */
  readonly initialControllers?: readonly InitialController[];
  /** A directory that this node owns, made when missing. Left out: everything is kept in memory. */
  readonly dataDir?: string;
  /** 1 when left out. A formatted directory refuses any other than its own. */
  readonly nodeId?: number;
  /** Kafka's listeners, of a broker; the first one when a name is not given. One on 127.0.0.1:9092 when left out. */
  readonly listeners?: readonly ListenerOptions[];
  /** gRPC: services, health, reflection. 127.0.0.1:9094 when left out. */
  readonly grpc?: { readonly host: string; readonly port: number; readonly advertisedHost?: string };
  /** /metrics, /healthz, /readyz. 127.0.0.1:9464 when left out; false: none. */
  readonly http?: { readonly host: string; readonly port: number } | false;
  /** Frames, caches and queues together, in bytes. A quarter of memory, at most 1 GiB, when left out. */
  readonly memoryBudgetBytes?: number;
  /** Static broker configs by Kafka's names: what `server.properties` would say. Unknown names are refused. */
  readonly configs?: Readonly<Record<string, string>>;
  readonly rack?: string;
  readonly logger?: Logger;
}

export const defaultRoles: readonly NodeRole[] = ["controller", "broker"];

const loopback = "127.0.0.1";

export const defaultListeners: readonly ListenerOptions[] = [
  { name: "PLAINTEXT", host: loopback, port: 9092 },
];
export const defaultGrpc = { host: loopback, port: 9094 } as const;
export const defaultHttp = { host: loopback, port: 9464 } as const;
