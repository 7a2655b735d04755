import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Metadata, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import {
  type CallContext,
  firstRequest,
  handlerFailure,
  type Logger,
  type MessageInit,
  Pipe,
  pump,
  type RpcLimits,
  RpcUnavailableError,
  toApiError,
} from "@millrace/runtime";
import { peerOf, traceOf } from "../identity.ts";
import { SendWindow } from "../send-window.ts";
import { type EndStatus, okStatus, shutdownStatus, statusOf } from "../status.ts";
import { decodeMessage, encodeMessage } from "../wire.ts";

export interface ServerCallSetup {
  readonly call: ServerInterceptingCallInterface;
  readonly method: DescMethod;
  readonly handler: unknown;
  readonly logger: Logger;
  readonly limits: RpcLimits;
  readonly over: () => void;
}

type UnaryHandler = (request: Message, context: CallContext) => Promise<MessageInit>;
type StreamHandler = (
  request: Message | AsyncIterable<Message>,
  context: CallContext,
) => AsyncIterable<MessageInit>;

/** Nobody reads it; without a reason every call would make an exception with a stack. */
const over = "the call is over";

/** A handler at work on grpc-js's own call object, below its streams: those buffer messages of whatever size. */
export class GrpcServerCall {
  readonly #setup: ServerCallSetup;
  readonly #requests: Pipe<Message>;
  readonly #window: SendWindow;
  readonly #handler = new AbortController();
  readonly #over = new AbortController();

  constructor(setup: ServerCallSetup) {
    this.#setup = setup;
    const { limits } = setup;
    this.#requests = new Pipe({ itemsMax: limits.streamMessagesMax, bytesMax: limits.streamBytesMax });
    this.#window = new SendWindow(limits.streamMessagesMax, limits.streamBytesMax);
  }

  get isStream(): boolean {
    return this.#setup.method.methodKind !== "unary";
  }

  start(): void {
    this.#setup.call.start({
      onReceiveMetadata: (metadata) => void this.#serve(metadata),
      onReceiveMessage: (encoded: Buffer) => this.#onRequest(encoded),
      // A caller that went away looks, for the rest of this turn, like one that has sent all it wanted to.
      onReceiveHalfClose: () => void setImmediate(() => this.#requests.end()),
      // Also after a call that ended well; then it is over already.
      onCancel: () => this.#onCancel(),
    });
  }

  /** Our node goes away. */
  shutDown(): void {
    this.#cut(new RpcUnavailableError("broken"), shutdownStatus);
  }

  async #serve(metadata: Metadata): Promise<void> {
    const { call, method, logger, handler } = this.#setup;
    const context: CallContext = {
      peer: peerOf(metadata, hostOf(call.getPeer())),
      signal: this.#handler.signal,
      trace: traceOf(metadata),
    };
    call.startRead();
    try {
      const request =
        method.methodKind === "bidi_streaming" ? this.#requests : await firstRequest(this.#requests);
      if (this.isStream) {
        // Sent now, since until it has headers the caller's side keeps a copy of what it sends.
        call.sendMetadata(new Metadata());
        const responses = (handler as StreamHandler)(request, context);
        await pump(responses, (init) => this.#send(init), this.#over.signal, setImmediate);
      } else {
        this.#send(await (handler as UnaryHandler)(request as Message, context));
      }
      this.#end(okStatus);
    } catch (thrown) {
      if (this.#over.signal.aborted) return;
      this.#end(statusOf(handlerFailure(thrown, { method, signal: this.#handler.signal, logger })));
    }
  }

  #send(init: MessageInit) {
    const { call, method, limits } = this.#setup;
    if (this.#over.signal.aborted) return false;
    const encoded = encodeMessage(method.output, init, limits.messageBytesMax);
    call.sendMessage(encoded, () => this.#window.written(encoded.length));
    return this.#window.sent(encoded.length);
  }

  #onRequest(encoded: Buffer): void {
    let request: Message;
    try {
      request = decodeMessage(this.#setup.method.input, encoded);
    } catch (thrown) {
      this.#cut(thrown, statusOf(toApiError(thrown)));
      return;
    }
    const taken = this.#requests.push(request, encoded.length);
    if (taken === true) this.#setup.call.startRead();
    else if (taken !== false) void taken.then((accepted) => accepted && this.#setup.call.startRead());
  }

  #onCancel(): void {
    const late = Number(this.#setup.call.getDeadline()) <= Date.now();
    const reason = late
      ? new DOMException("deadline passed", "TimeoutError")
      : new DOMException("the caller cancelled", "AbortError");
    this.#cut(reason, { ...okStatus, code: status.CANCELLED });
  }

  #cut(reason: unknown, end: EndStatus): void {
    if (this.#over.signal.aborted) return;
    this.#requests.abort(reason);
    this.#end(end);
    this.#handler.abort(reason);
  }

  #end(end: EndStatus): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort(over);
    this.#window.close();
    this.#requests.end();
    this.#setup.call.sendStatus(end);
    this.#setup.over();
  }
}

/** grpc-js names a connection "192.0.2.7:41234", or "::1:41234". */
function hostOf(connection: string): string {
  return connection.replace(/:\d+$/, "");
}
