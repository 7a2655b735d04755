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
  /**
   * Joins the caller's cancellation (an AbortError), its deadline (a TimeoutError; over the wire the caller's
   * cancellation may come first) and our own shutdown (an RpcUnavailableError). It stays silent when the call ends
   * well.
   */
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

/**
 * What serves a service: one function a method. An `ApiError` that it throws reaches the caller with its code and
 * detail; anything else is logged and becomes UNKNOWN_SERVER_ERROR. Messages are the handler's own to read, not to
 * change, and `bytes` fields are views: copy what is kept. Requests that end before the caller has ended them throw
 * the signal's reason.
 */
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

/**
 * A typed client: one function a method. A call fails with
 * - the handler's `ApiError`;
 * - an `RpcUnavailableError` (NETWORK_EXCEPTION) when the node cannot be reached or went away;
 * - REQUEST_TIMED_OUT, MESSAGE_TOO_LARGE, THROTTLING_QUOTA_EXCEEDED (too many calls on the channel) or
 *   UNSUPPORTED_VERSION (not served there);
 * - the reason of the caller's own signal, or what its own iterable of requests throws.
 *
 * A stream's call opens with the first `next` and may be read once; leaving the loop cancels it. When it is over the
 * requests' iterator is told to return.
 */
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
