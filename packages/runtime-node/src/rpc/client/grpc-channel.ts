import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { Channel, credentials, type Metadata } from "@grpc/grpc-js";
import {
  ApiError,
  type CallOptions,
  type ClientTransport,
  defaultRpcLimits,
  defaultTimeoutMs,
  formatAddress,
  isNodeAddress,
  type MessageInit,
  methodPath,
  type Peer,
  Pipe,
  pump,
  type RpcChannel,
  type RpcLimits,
  RpcUnavailableError,
  type ServiceClient,
  serviceClient,
} from "@millrace/runtime";
import { identityMetadata, withTrace } from "../identity.ts";
import { SendWindow } from "../send-window.ts";
import { clientOptions } from "../transport-options.ts";
import { decodeMessage, encodeMessage } from "../wire.ts";
import { GrpcClientCall } from "./grpc-client-call.ts";
import { dial } from "./reachability.ts";

export interface GrpcChannelOptions {
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number;
  /** Who we say we are. Its address is ignored: the other side sees our connection's. */
  readonly peer: Peer;
  readonly limits?: Partial<RpcLimits>;
}

/**
 * One HTTP/2 connection to one node. It opens with the first call and reopens with the first after a loss. Where the
 * address is none that could be dialled, every call fails as one to a node that does not answer: `timeout`.
 */
export class GrpcChannel implements RpcChannel, ClientTransport {
  readonly #options: GrpcChannelOptions;
  readonly #limits: RpcLimits;
  /** Undefined where there is nothing to dial. */
  readonly #channel: Channel | undefined;
  readonly #identity: Metadata;
  readonly #calls = new Set<GrpcClientCall>();
  #dialling: Promise<RpcUnavailableError> | undefined;
  #closed = false;

  constructor(options: GrpcChannelOptions) {
    this.#options = options;
    this.#limits = { ...defaultRpcLimits, ...options.limits };
    this.#identity = identityMetadata(options.peer);
    if (!isNodeAddress(options)) return;
    // With its scheme: a host by the name of "unix" would be one otherwise.
    const target = `dns:${formatAddress(options)}`;
    this.#channel = new Channel(target, credentials.createInsecure(), clientOptions(this.#limits));
  }

  client<S extends DescService>(service: S): ServiceClient<S> {
    return serviceClient(service, this);
  }

  async unary(method: DescMethod, init: MessageInit, options: CallOptions): Promise<Message> {
    const request = encodeMessage(method.input, init, this.#limits.messageBytesMax);
    const call = this.#open(method, options, Date.now() + (options.timeoutMs ?? defaultTimeoutMs));
    return new Promise((resolve, reject) => {
      let response: Message | undefined;
      call.start({
        message: (encoded) => {
          response = decodeMessage(method.output, encoded);
        },
        end: ({ failure }) => {
          if (failure !== undefined) reject(failure.thrown);
          else if (response !== undefined) resolve(response);
          else reject(new ApiError("UNKNOWN_SERVER_ERROR", { detail: "the call ended without a response" }));
        },
      });
      call.send(request);
      call.halfClose();
      call.read();
    });
  }

  stream(
    method: DescMethod,
    source: AsyncIterable<MessageInit>,
    options: CallOptions,
  ): AsyncIterableIterator<Message, undefined> {
    const limits = this.#limits;
    const call = this.#open(method, options, Number.POSITIVE_INFINITY);
    // On the calling side grpc-js holds for one message at a time.
    const window = new SendWindow(1, limits.streamBytesMax);
    const over = new AbortController();
    const responses = new Pipe<Message>({
      itemsMax: limits.streamMessagesMax,
      bytesMax: limits.streamBytesMax,
      onAbandoned: () => call.cut(undefined),
    });
    call.start({
      message: (encoded) => {
        const taken = responses.push(decodeMessage(method.output, encoded), encoded.length);
        if (taken === true) call.read();
        else if (taken !== false) void taken.then((accepted) => accepted && call.read());
      },
      end: ({ failure, cut }) => {
        over.abort();
        window.close();
        if (cut && failure !== undefined) responses.abort(failure.thrown);
        else responses.end(failure);
      },
    });
    call.read();
    const write = (init: MessageInit) => {
      const request = encodeMessage(method.input, init, limits.messageBytesMax);
      call.send(request, () => window.written(request.length));
      return window.sent(request.length);
    };
    pump(source, write, over.signal, setImmediate).then(
      () => call.halfClose(),
      (thrown: unknown) => call.cut(thrown),
    );
    return responses;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#calls) call.cut(new RpcUnavailableError("broken"));
    this.#channel?.close();
  }

  #open(method: DescMethod, { signal, trace }: CallOptions, deadline: number): GrpcClientCall {
    signal?.throwIfAborted();
    const channel = this.#channel;
    if (this.#closed) throw new RpcUnavailableError("broken");
    if (channel === undefined) throw new RpcUnavailableError("timeout");
    if (this.#calls.size >= this.#limits.callsMax) {
      throw new ApiError("THROTTLING_QUOTA_EXCEEDED", { detail: "too many calls are open on this channel" });
    }
    const raw = channel.createCall(methodPath(method), deadline, null, null, null);
    const call: GrpcClientCall = new GrpcClientCall({
      call: raw,
      metadata: withTrace(this.#identity, trace),
      signal,
      // Its peer is the channel's target until it is given a connection.
      whyUnavailable: () => this.#whyUnavailable(raw.getPeer() === channel.getTarget()),
      over: () => this.#calls.delete(call),
    });
    this.#calls.add(call);
    return call;
  }

  /** A connection that was lost is broken; only where none came about do we ask the address itself. */
  async #whyUnavailable(isUnsent: boolean): Promise<RpcUnavailableError> {
    if (this.#closed || !isUnsent) return new RpcUnavailableError("broken", { isUnsent });
    this.#dialling ??= dial(this.#options.host, this.#options.port).then((reason) => {
      this.#dialling = undefined;
      return new RpcUnavailableError(reason, { isUnsent });
    });
    return this.#dialling;
  }
}
