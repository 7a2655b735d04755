import type { Message } from "@bufbuild/protobuf";
import { ApiError } from "../../errors/api-error.ts";
import type { Logger } from "../../observe/logger.ts";
import { firstRequest } from "../first-request.ts";
import { handlerFailure, notServed } from "../handler-failure.ts";
import type { RpcLimits } from "../limits.ts";
import type { Pipe } from "../pipe.ts";
import { pump } from "../pump.ts";
import type { CallContext } from "../rpc.ts";
import type { MessageInit } from "../service-client.ts";
import type { ServiceTable } from "../service-table.ts";
import { RpcUnavailableError } from "../unavailable-error.ts";
import type { InProcessCall } from "./call.ts";
import type { Transfer } from "./transfer.ts";

export interface NodeSetup {
  readonly services: ServiceTable;
  readonly logger: Logger;
  readonly limits: RpcLimits;
  readonly transfer: Transfer;
  readonly deliver: (run: () => void) => void;
  readonly afterTurn: ((callback: () => void) => void) | undefined;
}

type UnaryHandler = (request: Message, context: CallContext) => Promise<MessageInit>;
type StreamHandler = (
  request: Message | AsyncIterable<Message>,
  context: CallContext,
) => AsyncIterable<MessageInit>;

/** The serving side of the in-process transport. */
export class InProcessNode {
  readonly #setup: NodeSetup;
  readonly #calls = new Set<InProcessCall>();
  #drained: (() => void) | undefined;

  constructor(setup: NodeSetup) {
    this.#setup = setup;
    setup.services.seal();
  }

  async serveUnary(
    call: InProcessCall,
    request: Message,
    answer: (response: Message) => void,
  ): Promise<void> {
    this.#adopt(call);
    const { services, transfer, limits, deliver } = this.#setup;
    try {
      const handler = services.handler(call.method) as UnaryHandler | undefined;
      if (handler === undefined) throw notServed(call.method);
      const init = await handler(request, call.context);
      const { message } = transfer(call.method.output, init, limits.messageBytesMax);
      deliver(() => {
        answer(message);
        call.complete();
      });
    } catch (thrown) {
      this.#fail(call, thrown);
    }
  }

  async serveStream(call: InProcessCall, requests: Pipe<Message>, responses: Pipe<Message>): Promise<void> {
    this.#adopt(call);
    const { services, transfer, limits } = this.#setup;
    try {
      const handler = services.handler(call.method) as StreamHandler | undefined;
      if (handler === undefined) throw notServed(call.method);
      const input = call.method.methodKind === "bidi_streaming" ? requests : await firstRequest(requests);
      const write = (init: MessageInit) => {
        const { message, sizeBytes } = transfer(call.method.output, init, limits.messageBytesMax);
        return responses.push(message, sizeBytes);
      };
      await pump(handler(input, call.context), write, call.over, this.#setup.afterTurn);
      call.complete();
    } catch (thrown) {
      this.#fail(call, thrown);
    }
  }

  /** Ends streams at once; unary calls may finish until `expired`, then they are cut too. */
  async close(expired: Promise<void>): Promise<void> {
    const cut = (call: InProcessCall): void => {
      const error = new RpcUnavailableError("broken");
      call.cut(error, error);
    };
    for (const call of this.#calls) if (call.method.methodKind !== "unary") cut(call);
    if (this.#calls.size === 0) return;
    await Promise.race([expired, new Promise<void>((resolve) => (this.#drained = resolve))]);
    for (const call of this.#calls) cut(call);
  }

  #adopt(call: InProcessCall): void {
    this.#calls.add(call);
    call.onEnd(() => {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#drained?.();
    });
  }

  #fail(call: InProcessCall, thrown: unknown): void {
    if (call.over.aborted) return;
    const { logger, deliver } = this.#setup;
    const { id, detail, servedBy } = handlerFailure(thrown, {
      method: call.method,
      signal: call.context.signal,
      logger,
    });
    // A new one, as after a trip over the wire: the cause and the stack are this node's own.
    deliver(() => call.complete({ thrown: new ApiError(id, { detail, servedBy }) }));
  }
}
