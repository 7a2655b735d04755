import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import {
  ApiError,
  type CallContext,
  firstRequest,
  handlerFailure,
  type MessageInit,
  notServed,
  type Peer,
  Pipe,
  pump,
  RpcUnavailableError,
  type ServiceTable,
  silentLogger,
} from "@millrace/runtime";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { Connection } from "./connection.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { streamItemsMax } from "./stream-items-max.ts";

/** Who listens on a host. */
export interface Served {
  readonly process: SimulatedProcess;
  readonly services: ServiceTable;
}

export interface IncomingCallOptions {
  readonly connection: Connection;
  readonly caller: OutgoingCall;
  readonly method: DescMethod;
  readonly peer: Peer;
  /** Who listens there when it arrives. */
  readonly find: () => Served | undefined;
}

type UnaryHandler = (request: Message, context: CallContext) => Promise<MessageInit>;
type StreamHandler = (
  request: Message | AsyncIterable<Message>,
  context: CallContext,
) => AsyncIterable<MessageInit>;

/** The server's end of a call, which is there before anybody has taken it. */
export class IncomingCall {
  readonly #options: IncomingCallOptions;
  readonly #requests = new Pipe<Message>({ itemsMax: streamItemsMax });
  readonly #handler = new AbortController();
  readonly #over = new AbortController();
  #process: SimulatedProcess | undefined;

  constructor(options: IncomingCallOptions) {
    this.#options = options;
  }

  // What comes from the caller, in this order.

  arrived(): void {
    const { connection, caller, find } = this.#options;
    const served = find();
    if (served === undefined || served.process.hasEnded) {
      connection.sendDown(() => caller.ended({ thrown: new RpcUnavailableError("refused") }));
      return;
    }
    this.#process = served.process;
    connection.accept({
      process: served.process,
      onBroken: () => this.#abort(new RpcUnavailableError("broken")),
    });
    served.process.enter(() => void this.#serve(served.services));
  }

  request(bytes: Uint8Array): void {
    this.#process?.enter(() => {
      if (!this.#over.signal.aborted) {
        void this.#requests.push(fromBinary(this.#options.method.input, bytes));
      }
    });
  }

  requestsEnded(): void {
    this.#process?.enter(() => this.#requests.end());
  }

  cancelled(): void {
    this.#process?.enter(() => this.#abort(new DOMException("the caller cancelled", "AbortError")));
    this.#options.connection.close();
  }

  async #serve(services: ServiceTable): Promise<void> {
    const { method, peer, connection, caller } = this.#options;
    const { signal } = this.#handler;
    const context = { peer, signal, trace: undefined };
    try {
      const handler = services.handler(method);
      if (handler === undefined) throw notServed(method);
      if (method.methodKind === "unary") {
        const request = await firstRequest(this.#requests);
        const bytes = this.#encode(await (handler as UnaryHandler)(request, context));
        this.#tell(() => {
          caller.answered(bytes);
          caller.ended();
        });
      } else {
        const isBidi = method.methodKind === "bidi_streaming";
        const input = isBidi ? this.#requests : await firstRequest(this.#requests);
        const write = (init: MessageInit): boolean => {
          const bytes = this.#encode(init);
          connection.sendDown(() => caller.answered(bytes));
          return !this.#over.signal.aborted;
        };
        await pump((handler as StreamHandler)(input, context), write, this.#over.signal);
        this.#tell(() => caller.ended());
      }
    } catch (thrown) {
      const { id, detail, servedBy } = handlerFailure(thrown, { method, signal, logger: silentLogger });
      this.#tell(() => caller.ended({ thrown: new ApiError(id, { detail, servedBy }) }));
    }
  }

  /** The last that the caller hears. */
  #tell(last: () => void): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort("the call is over");
    this.#options.connection.sendDown(last);
  }

  #abort(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort("the call is over");
    this.#handler.abort(reason);
    this.#requests.abort(reason);
  }

  #encode(init: MessageInit): Uint8Array {
    const { output } = this.#options.method;
    return toBinary(output, create(output, init));
  }
}
