import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import type { Clock } from "../../clock/clock.ts";
import { ApiError } from "../../errors/api-error.ts";
import { defaultTimeoutMs, type RpcLimits } from "../limits.ts";
import { Pipe } from "../pipe.ts";
import { pump } from "../pump.ts";
import type { CallOptions, Peer, RpcChannel, ServiceClient } from "../rpc.ts";
import { type ClientTransport, type MessageInit, serviceClient } from "../service-client.ts";
import { RpcUnavailableError } from "../unavailable-error.ts";
import { cancelled, InProcessCall } from "./call.ts";
import type { InProcessNode } from "./node.ts";
import type { Transfer } from "./transfer.ts";

export interface ChannelSetup {
  readonly peer: Peer;
  readonly clock: Clock;
  readonly limits: RpcLimits;
  readonly transfer: Transfer;
  readonly deliver: (run: () => void) => void;
  readonly afterTurn: ((callback: () => void) => void) | undefined;
  /** Who listens there now. Undefined: nobody. */
  readonly node: () => InProcessNode | undefined;
}

export class InProcessChannel implements RpcChannel, ClientTransport {
  readonly #setup: ChannelSetup;
  readonly #calls = new Set<InProcessCall>();
  #closed = false;

  constructor(setup: ChannelSetup) {
    this.#setup = setup;
  }

  client<S extends DescService>(service: S): ServiceClient<S> {
    return serviceClient(service, this);
  }

  async unary(method: DescMethod, init: MessageInit, options: CallOptions): Promise<Message> {
    const { transfer, limits } = this.#setup;
    const { message: request } = transfer(method.input, init, limits.messageBytesMax);
    const call = this.#open(method, options, options.timeoutMs ?? defaultTimeoutMs);
    let response: Message | undefined;
    return new Promise((resolve, reject) => {
      call.onEnd(({ failure }) => {
        if (failure !== undefined) reject(failure.thrown);
        else resolve(response as Message);
      });
      const answer = (message: Message): void => {
        response = message;
      };
      this.#deliverTo(call, (node) => node.serveUnary(call, request, answer));
    });
  }

  stream(
    method: DescMethod,
    source: AsyncIterable<MessageInit>,
    options: CallOptions,
  ): AsyncIterableIterator<Message, undefined> {
    const { transfer, limits } = this.#setup;
    const call = this.#open(method, options, undefined);
    const bounds = { itemsMax: limits.streamMessagesMax, bytesMax: limits.streamBytesMax };
    const requests = new Pipe<Message>(bounds);
    const abandon = (): void => call.cut(cancelled(), cancelled());
    const responses = new Pipe<Message>({ ...bounds, onAbandoned: abandon });
    call.onEnd(({ failure, cut }) => {
      if (!cut) requests.end();
      if (cut && failure !== undefined) responses.abort(failure.thrown);
      else responses.end(failure);
    });
    const { signal } = call.context;
    signal.addEventListener("abort", () => requests.abort(signal.reason), { once: true });
    const write = (init: MessageInit) => {
      const { message, sizeBytes } = transfer(method.input, init, limits.messageBytesMax);
      return requests.push(message, sizeBytes);
    };
    this.#deliverTo(call, (node) => {
      void node.serveStream(call, requests, responses);
      pump(source, write, call.over, this.#setup.afterTurn).then(
        () => requests.end(),
        (thrown: unknown) => call.cut(thrown, cancelled()),
      );
    });
    return responses;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#calls) call.cut(new RpcUnavailableError("broken"), cancelled());
  }

  #open(method: DescMethod, options: CallOptions, timeoutMs: number | undefined): InProcessCall {
    const { peer, clock, deliver, limits } = this.#setup;
    options.signal?.throwIfAborted();
    if (this.#closed) throw new RpcUnavailableError("broken");
    if (this.#calls.size >= limits.callsMax) {
      throw new ApiError("THROTTLING_QUOTA_EXCEEDED", { detail: "too many calls are open on this channel" });
    }
    const call = new InProcessCall({ method, peer, options, timeoutMs, clock, deliver });
    this.#calls.add(call);
    call.onEnd(() => this.#calls.delete(call));
    return call;
  }

  #deliverTo(call: InProcessCall, serve: (node: InProcessNode) => void): void {
    this.#setup.deliver(() => {
      if (call.over.aborted) return;
      const node = this.#setup.node();
      if (node === undefined) call.complete({ thrown: new RpcUnavailableError("refused") });
      else serve(node);
    });
  }
}
