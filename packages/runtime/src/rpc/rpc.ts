import type {
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { TraceContext } from "../observe/tracer.ts";

/**
 * Who calls. The gRPC port is shared by clients and by roles of the cluster; what only a role may do
 * (register a broker, read the metadata feed, append to a shard's log) is refused to everyone else.
 */
export type Peer =
  | {
      readonly kind: "role";
      readonly role: "controller" | "broker" | "coordinator";
      readonly nodeId: number;
      readonly clusterId: string;
      readonly address: string;
    }
  | { readonly kind: "client"; readonly clientId: string; readonly address: string };

export interface CallContext {
  readonly peer: Peer;
  /** Joins the caller's cancellation, its deadline and our own shutdown. */
  readonly signal: AbortSignal;
  readonly trace: TraceContext | undefined;
}

type Handler<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, context: CallContext) => Promise<MessageInitShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageInitShape<O>>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? (
            requests: AsyncIterable<MessageShape<I>>,
            context: CallContext,
          ) => AsyncIterable<MessageInitShape<O>>
        : never;

/** What serves a service: one function a method. Errors thrown become an `ApiError` at the caller. */
export type ServiceHandlers<S extends DescService> = {
  readonly [K in keyof S["method"]]: Handler<S["method"][K]>;
};

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Unary calls only; 30,000 when left out. */
  readonly timeoutMs?: number;
  readonly trace?: TraceContext;
}

type Caller<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? (
            requests: AsyncIterable<MessageInitShape<I>>,
            options?: CallOptions,
          ) => AsyncIterable<MessageShape<O>>
        : never;

/** A typed client: one function a method. */
export type ServiceClient<S extends DescService> = {
  readonly [K in keyof S["method"]]: Caller<S["method"][K]>;
};

/** A connection to one node's services. It opens lazily, reopens by itself, and carries our own identity. */
export interface RpcChannel {
  client<S extends DescService>(service: S): ServiceClient<S>;
  close(): Promise<void>;
}

/** The services that a node offers, over whatever transport. */
export interface RpcRouter {
  add<S extends DescService>(service: S, handlers: ServiceHandlers<S>): void;
}
