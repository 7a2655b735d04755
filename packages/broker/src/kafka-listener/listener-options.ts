import type { BufferPool, ByteBudget, MaybePromise, Runtime, StreamNetwork } from "@millrace/runtime";
import type { BrokerMetrics } from "../metrics.ts";
import type { SecurityProtocol } from "../security/security-protocol.ts";
import type { Answer } from "./answer.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import type { Frame } from "./frame.ts";

/** One of `listeners`. */
export interface ListenerOptions {
  /** "PLAINTEXT", "EXTERNAL": unique in the process. */
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `advertised.listeners`; what was bound when left out. */
  readonly advertised?: { readonly host: string; readonly port: number };
  /** PLAINTEXT when left out. */
  readonly security?: SecurityProtocol;
}

/** A listener that is open, as the broker registers it. */
export interface OpenListener {
  readonly name: string;
  readonly securityProtocol: string;
  /** What was bound. */
  readonly host: string;
  readonly port: number;
  readonly advertised: { readonly host: string; readonly port: number };
}

export interface KafkaListenerOptions {
  readonly runtime: Pick<Runtime, "clocks" | "executor" | "logger" | "fail">;
  readonly network: StreamNetwork;
  readonly budget: ByteBudget;
  /** Of requests. What is free in it does not count in `budget`: the caller bounds it. */
  readonly framePool: BufferPool;
  readonly metrics: BrokerMetrics;
  readonly settings: ConnectionSettings;
  /** `max.connections`, over all listeners. */
  readonly connectionsMax: number;
  /** Throws, or rejects with, `CloseConnection` and nothing else. */
  readonly handle: (connection: ClientConnection, request: Frame) => MaybePromise<Answer>;
}
