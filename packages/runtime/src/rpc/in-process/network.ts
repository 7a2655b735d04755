import { assert } from "../../assert.ts";
import type { Clock } from "../../clock/clock.ts";
import { type Logger, silentLogger } from "../../observe/logger.ts";
import { defaultGraceMs, defaultRpcLimits, type RpcLimits } from "../limits.ts";
import type { Peer, RpcChannel } from "../rpc.ts";
import type { ServiceTable } from "../service-table.ts";
import { InProcessChannel } from "./channel.ts";
import { InProcessNode } from "./node.ts";
import { transferEncoded, transferFrozen } from "./transfer.ts";

export interface InProcessNetworkOptions {
  /** For deadlines and shutdown: the liveness clock. */
  readonly clock: Clock;
  readonly limits?: Partial<RpcLimits>;
  /** Sends every message through protobuf instead of handing it over frozen. */
  readonly encode?: boolean;
  /**
   * Runs what goes from one side to the other, in order and never inside this call. A microtask when left out.
   * A simulation that puts delays here must keep the order.
   */
  readonly deliver?: (run: () => void) => void;
  /** The executor's: where busy streams make room for timers and sockets. A simulation needs none. */
  readonly afterTurn?: (callback: () => void) => void;
}

export interface InProcessListener {
  /**
   * New calls are refused from now on, streams end with a broken connection, unary calls have `graceMs`
   * (1,000 when left out) to finish. 0 is how a crash looks to the others.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** The RPC layer between roles of one process, and between the nodes of a simulation: same rules as gRPC's. */
export class InProcessNetwork {
  readonly #options: InProcessNetworkOptions;
  readonly #shared;
  readonly #nodes = new Map<string, InProcessNode>();

  constructor(options: InProcessNetworkOptions) {
    this.#options = options;
    this.#shared = {
      limits: { ...defaultRpcLimits, ...options.limits },
      transfer: options.encode === true ? transferEncoded : transferFrozen,
      deliver: options.deliver ?? queueMicrotask,
      afterTurn: options.afterTurn,
    };
  }

  /** Serves at `address`, any name that is not in use ("node:1"). */
  listen(
    address: string,
    services: ServiceTable,
    options: { readonly logger?: Logger } = {},
  ): InProcessListener {
    assert(!this.#nodes.has(address), "address already in use");
    const node = new InProcessNode({ ...this.#shared, services, logger: options.logger ?? silentLogger });
    this.#nodes.set(address, node);
    let closing: Promise<void> | undefined;
    return {
      close: ({ graceMs = defaultGraceMs } = {}) => {
        if (closing === undefined) {
          this.#nodes.delete(address);
          const { promise: expired, resolve } = Promise.withResolvers<void>();
          const timer = this.#options.clock.setTimer(graceMs, resolve);
          closing = node.close(expired).finally(() => timer.cancel());
        }
        return closing;
      },
    };
  }

  /** Never fails: whether someone listens shows with the first call, and may change between calls. */
  connect(address: string, options: { readonly peer: Peer }): RpcChannel {
    return new InProcessChannel({
      ...this.#shared,
      peer: options.peer,
      clock: this.#options.clock,
      node: () => this.#nodes.get(address),
    });
  }
}
