import { create, type DescMethod, type Message, toBinary } from "@bufbuild/protobuf";
import {
  type CallOptions,
  type ClientTransport,
  type Clock,
  defaultTimeoutMs,
  type MessageInit,
  type Peer,
  pump,
  type Random,
  type RpcChannel,
  RpcUnavailableError,
  serviceClient,
} from "@millrace/runtime";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { World } from "../world/world.ts";
import { ChannelState, Connection, type Links } from "./connection.ts";
import { IncomingCall, type Served } from "./incoming-call.ts";
import { OutgoingCall } from "./outgoing-call.ts";

/** Who calls, from where. */
export interface RpcCaller {
  readonly host: string;
  readonly peer: Peer;
  /** Undefined: one that never fails. */
  readonly process?: SimulatedProcess;
  /** For deadlines; true time when left out. */
  readonly clock?: Clock;
}

/**
 * Calls between machines as gRPC makes them: each over a connection whose links may be cut in either direction, and
 * whose processes may stall or die.
 */
export class SimulatedRpc {
  readonly #world: World;
  readonly #random: Random;
  readonly #links: Links;
  readonly #served = new Map<string, Served>();

  constructor(world: World, links: Links) {
    this.#world = world;
    this.#random = world.random.fork("rpc");
    this.#links = links;
  }

  /** Until the process ends; then calls are refused. */
  serve(host: string, served: Served): void {
    this.#served.set(host, served);
  }

  connect(caller: RpcCaller, to: string): RpcChannel {
    const calls = new Set<OutgoingCall>();
    const channel = new ChannelState();
    const open = (method: DescMethod, options: CallOptions, timeoutMs?: number): Opened => {
      options.signal?.throwIfAborted();
      const call = new OutgoingCall({
        method,
        options,
        timeoutMs,
        clock: caller.clock ?? this.#world.clock,
        onOver: () => calls.delete(call),
      });
      calls.add(call);
      return this.#open(call, { caller, to, method, channel });
    };
    const transport: ClientTransport = {
      unary: (method, init, options) =>
        unary(open(method, options, options.timeoutMs ?? defaultTimeoutMs), method, init),
      stream: (method, requests, options) => stream(open(method, options), method, requests),
    };
    return {
      client: (service) => serviceClient(service, transport),
      close: async () => {
        for (const call of calls) call.cut(new RpcUnavailableError("broken"));
      },
    };
  }

  #open(call: OutgoingCall, { caller, to, method, channel }: Opening): Opened {
    const { host, process, peer } = caller;
    const connection = new Connection(
      { world: this.#world, random: this.#random, links: this.#links, channel },
      { caller: { host, process, onBroken: () => call.broken() }, to },
    );
    const server = new IncomingCall({
      connection,
      caller: call,
      method,
      peer,
      find: () => this.#served.get(to),
    });
    call.opened(connection, server);
    return { call, connection, server };
  }
}

interface Opening {
  readonly caller: RpcCaller;
  readonly to: string;
  readonly method: DescMethod;
  readonly channel: ChannelState;
}

interface Opened {
  readonly call: OutgoingCall;
  readonly connection: Connection;
  readonly server: IncomingCall;
}

async function unary({ call, connection, server }: Opened, method: DescMethod, init: MessageInit) {
  const request = toBinary(method.input, create(method.input, init));
  connection.sendUp(() => {
    server.arrived();
    server.request(request);
  });
  const { value } = await call.responses.next();
  return value as Message;
}

function stream(
  { call, connection, server }: Opened,
  method: DescMethod,
  requests: AsyncIterable<MessageInit>,
): AsyncIterableIterator<Message, undefined> {
  const write = (init: MessageInit): boolean => {
    const request = toBinary(method.input, create(method.input, init));
    connection.sendUp(() => server.request(request));
    return !call.over.aborted;
  };
  connection.sendUp(() => server.arrived());
  pump(requests, write, call.over).then(
    () => connection.sendUp(() => server.requestsEnded()),
    (thrown: unknown) => call.cut(thrown),
  );
  return call.responses;
}
