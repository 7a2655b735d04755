import type { TraceContext } from "@millrace/runtime";

export interface ClientSoftware {
  readonly name: string;
  readonly version: string;
}

/** Who asks, and by which way: what authorizer, quotas, audit log and traces need of any request. */
export interface RequestContext {
  /** As Kafka writes it: "User:alice". */
  readonly principal: string;
  /** Of the client's own choice; "" when it gave none. */
  readonly clientId: string;
  /** From ApiVersions (KIP-511); undefined before, and for older clients. */
  readonly clientSoftware: ClientSoftware | undefined;
  readonly clientAddress: string;
  /** The name of the listener that it came through: answers name brokers by their addresses on the same one. */
  readonly listener: string;
  /** Unique in this process. */
  readonly connectionId: number;
  /** What was asked, as Kafka names it: "Produce". */
  readonly requestName: string;
  readonly trace: TraceContext | undefined;
}
