import type { DescMethod } from "@bufbuild/protobuf";
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
} from "@grpc/grpc-js";
import {
  defaultGraceMs,
  defaultRpcLimits,
  formatAddress,
  type Logger,
  methodPath,
  type RpcLimits,
  type ServiceTable,
  silentLogger,
} from "@millrace/runtime";
import { serverOptions } from "../transport-options.ts";
import { bindFailure } from "./bind-failure.ts";
import { GrpcServerCall } from "./grpc-server-call.ts";

export interface GrpcServerOptions {
  /** 127.0.0.1 when left out. IPv6 addresses without brackets. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly services: ServiceTable;
  readonly logger?: Logger;
  readonly limits?: Partial<RpcLimits>;
}

interface ServedMethod {
  readonly method: DescMethod;
  readonly handler: unknown;
}

/** A node's gRPC port. */
export class GrpcServer {
  readonly host: string;
  readonly #services: ServiceTable;
  readonly #logger: Logger;
  readonly #limits: RpcLimits;
  readonly #server: Server;
  readonly #methods = new Map<string, ServedMethod>();
  readonly #calls = new Set<GrpcServerCall>();
  #port = 0;
  #drained: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: GrpcServerOptions) {
    this.host = options.host ?? "127.0.0.1";
    this.#services = options.services;
    this.#logger = options.logger ?? silentLogger;
    this.#limits = { ...defaultRpcLimits, ...options.limits };
    this.#server = new Server({
      ...serverOptions(this.#limits),
      interceptors: [({ path }, call) => new ServedByUs(call, () => this.#serve(path, call))],
    });
  }

  /** Resolves when calls are served. Rejects with a NetworkError when the address cannot be had. */
  static async listen(options: GrpcServerOptions): Promise<GrpcServer> {
    const server = new GrpcServer(options);
    server.#register();
    await server.#bind(options.port);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /**
   * New calls and connections are refused from now on, streams end, unary calls have `graceMs` (1,000 when left
   * out) to finish; then what is left is cut and every connection destroyed.
   */
  close({ graceMs = defaultGraceMs }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  #register(): void {
    this.#services.seal();
    for (const { service, handlers } of this.#services.services) {
      for (const method of service.methods) {
        const handler = handlers[method.localName];
        this.#methods.set(methodPath(method), { method, handler });
        this.#server.register(methodPath(method), unreached, asIs, asIs, "bidi");
      }
    }
  }

  async #bind(port: number): Promise<void> {
    const address = formatAddress({ host: this.host, port });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
    try {
      this.#port = await promise;
    } catch (error) {
      throw await bindFailure({ host: this.host, port }, error);
    }
  }

  #serve(path: string, raw: ServerInterceptingCallInterface): void {
    const { method, handler } = this.#methods.get(path) as ServedMethod;
    const call: GrpcServerCall = new GrpcServerCall({
      call: raw,
      method,
      handler,
      logger: this.#logger,
      limits: this.#limits,
      over: () => {
        this.#calls.delete(call);
        if (this.#calls.size === 0) this.#drained?.();
      },
    });
    this.#calls.add(call);
    call.start();
  }

  async #close(graceMs: number): Promise<void> {
    const connectionsEnded = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    for (const call of this.#calls) if (call.isStream) call.shutDown();
    if (this.#calls.size > 0) {
      await within(graceMs, new Promise<void>((resolve) => (this.#drained = resolve)));
    }
    for (const call of this.#calls) call.shutDown();
    // Room for the last statuses to leave; a peer that does not read them is not waited for.
    await within(flushMs, connectionsEnded);
    this.#server.forceShutdown();
  }
}

const flushMs = 100;

async function within(limitMs: number, event: Promise<void>): Promise<void> {
  const { promise: expired, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([event, expired]);
  clearTimeout(timer);
}

/** Takes a call over from grpc-js before it makes a stream of its own for it. */
class ServedByUs extends ServerInterceptingCall {
  readonly #serve: () => void;

  constructor(call: ServerInterceptingCallInterface, serve: () => void) {
    super(call);
    this.#serve = serve;
  }

  override start(): void {
    this.#serve();
  }
}

const asIs = (encoded: Buffer): Buffer => encoded;

/** grpc-js wants a handler with every method; `ServedByUs` is always there first. */
const unreached = (): void => {};
