import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import {
  ApiError,
  type CallContext,
  type CallOptions,
  type ClientTransport,
  handlerFailure,
  type MessageInit,
  type Peer,
  type Random,
  type RpcChannel,
  RpcUnavailableError,
  type ServiceTable,
  serviceClient,
  silentLogger,
} from "@millrace/runtime";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { World } from "../world/world.ts";

interface Caller {
  readonly host: string;
  readonly peer: Peer;
  /** Undefined: one that never fails. */
  readonly process?: SimulatedProcess;
}

interface Served {
  readonly process: SimulatedProcess;
  readonly services: ServiceTable;
}

type Handler = (request: Message, context: CallContext) => Promise<MessageInit>;

/** Of one way. */
const delayMsMax = 3;

/**
 * Unary calls between machines. On a link that is cut, and by a process that stalls or dies, they are not answered: the
 * caller has to give up by itself.
 */
export class SimulatedRpc {
  readonly #world: World;
  readonly #random: Random;
  readonly #isBlocked: (from: string, to: string) => boolean;
  readonly #served = new Map<string, Served>();

  constructor(world: World, isBlocked: (from: string, to: string) => boolean) {
    this.#world = world;
    this.#random = world.random.fork("rpc");
    this.#isBlocked = isBlocked;
  }

  serve(host: string, served: Served): void {
    this.#served.set(host, served);
  }

  connect(caller: Caller, to: string): RpcChannel {
    const transport: ClientTransport = {
      unary: (method, init, options) => this.#call(caller, to, { method, init, options }),
      stream: () => {
        throw new RpcUnavailableError("broken");
      },
    };
    return { client: (service) => serviceClient(service, transport), close: async () => {} };
  }

  #call(
    caller: Caller,
    to: string,
    call: { readonly method: DescMethod; readonly init: MessageInit; readonly options: CallOptions },
  ): Promise<Message> {
    const { method, init, options } = call;
    const { host, peer, process } = caller;
    options.signal?.throwIfAborted();
    const request = toBinary(method.input, create(method.input, init));
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    options.signal?.addEventListener("abort", () => reject(options.signal?.reason), { once: true });
    const answer = (settle: () => void): void =>
      this.#travel(to, host, () => (process === undefined ? settle() : process.enter(settle)));
    this.#travel(host, to, () => {
      const served = this.#served.get(to);
      if (served === undefined) return; // nobody is there, not even to refuse it
      if (served.process.hasEnded) {
        answer(() => reject(new RpcUnavailableError("refused")));
        return;
      }
      served.process.enter(() => {
        const context = { peer, signal: new AbortController().signal, trace: undefined };
        handle(served.services, method, fromBinary(method.input, request), context).then(
          (response) => answer(() => resolve(fromBinary(method.output, response))),
          (thrown: unknown) => {
            const { id, detail, servedBy } = handlerFailure(thrown, {
              method,
              signal: context.signal,
              logger: silentLogger,
            });
            answer(() => reject(new ApiError(id, { detail, servedBy })));
          },
        );
      });
    });
    return promise;
  }

  #travel(from: string, to: string, arrive: () => void): void {
    this.#world.after(this.#random.fraction() * delayMsMax, () => {
      if (!this.#isBlocked(from, to)) arrive();
    });
  }
}

async function handle(
  services: ServiceTable,
  method: DescMethod,
  request: Message,
  context: CallContext,
): Promise<Uint8Array> {
  const handler = services.handler(method) as Handler;
  return toBinary(method.output, create(method.output, await handler(request, context)));
}
