import type { ConfigMap } from "@millrace/controller";
import type {
  BufferPool,
  Disk,
  MaybePromise,
  RpcChannel,
  RpcRouter,
  Runtime,
  StreamNetwork,
} from "@millrace/runtime";
import type { Quotas } from "./quotas/quotas.ts";
import type { Authorizer } from "./security/authorizer.ts";

/** One of `listeners`, with what `advertised.listeners` says of it. */
export interface BrokerListenerOptions {
  /** "PLAINTEXT", "EXTERNAL": unique on this broker. */
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** What clients connect to; what was bound when left out. */
  readonly advertisedHost?: string | undefined;
  readonly advertisedPort?: number | undefined;
}

export interface StartBrokerOptions {
  readonly runtime: Runtime;
  /** The node's data directory. */
  readonly disk: Disk;
  /** Where in it partitions lie; "" (the directory itself, as in Kafka) when left out. */
  readonly logPath?: string;
  readonly network: StreamNetwork;
  /** To the active controller, in the name of this broker. The caller closes it, after the broker. */
  readonly controllerChannel: RpcChannel;
  readonly router: RpcRouter;
  readonly nodeId: number;
  readonly clusterId: string;
  /** Of the data directory. */
  readonly directoryId: string;
  /** Made anew for every start. */
  readonly incarnationId: string;
  readonly listeners: readonly BrokerListenerOptions[];
  /** Where the router is served, as others reach it. A promise when that is not known yet. */
  readonly grpcAddress: MaybePromise<{ readonly host: string; readonly port: number }>;
  readonly rack?: string | undefined;
  /** What the configuration file sets, by Kafka's names; checked by the caller. */
  readonly staticConfigs?: ConfigMap;
  /** Frames, caches and queues together, in bytes: a small part for the logs, the rest for what is in flight. */
  readonly budgetBytes: number;
  /** Where the memory of requests and logs comes from; the broker sets its bound. One of its own when left out. */
  readonly bufferPool?: BufferPool;
  readonly authorizer?: Authorizer;
  readonly quotas?: Quotas;
  /** Aborted when the node has failed: closing then waits for nobody to take over what the broker leads. */
  readonly failed?: AbortSignal;
}

/** A listener of Kafka's protocol that is bound. */
export interface BrokerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly advertisedHost: string;
  readonly advertisedPort: number;
}

export interface RunningBroker {
  readonly endpoints: readonly BrokerEndpoint[];
  /**
   * Resolves when the controller has taken the broker into service and requests are served. Rejects when it was
   * refused for good, when its disk failed, or when it was closed before.
   */
  readonly ready: Promise<void>;
  /**
   * Controlled shutdown: leaderships move away, unless the node failed, connections end, logs are flushed. Never
   * rejects; once is enough.
   */
  close(): Promise<void>;
}
