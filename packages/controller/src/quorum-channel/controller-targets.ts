import { isSameAddress, type NodeAddress, type RpcChannel } from "@millrace/runtime";

/** Where a controller is reached. One that comes from a configuration may be known by its address only. */
export type ControllerAddress = Omit<NodeAddress, "nodeId"> & Partial<Pick<NodeAddress, "nodeId">>;

export interface ControllerTarget {
  readonly address: ControllerAddress;
  /** Opened with its first use. */
  readonly channel: RpcChannel;
  /** Of the calls that wait for its answer. */
  readonly waiting: Set<AbortController>;
}

/** Voters are few; what misled peers tell beyond that is not kept. */
const TARGETS_MAX = 32;

/** The controllers known so far, in a ring: those of the configuration first, then those that others pointed to. */
export class ControllerTargets {
  readonly #connect: (address: ControllerAddress) => RpcChannel;
  readonly #targets: ControllerTarget[];

  constructor(addresses: readonly ControllerAddress[], connect: (address: ControllerAddress) => RpcChannel) {
    this.#connect = connect;
    this.#targets = addresses.map((address) => this.#target(address));
  }

  get first(): ControllerTarget {
    return this.#targets[0]!;
  }

  get all(): readonly ControllerTarget[] {
    return this.#targets;
  }

  after(target: ControllerTarget): ControllerTarget {
    return this.#targets[(this.#targets.indexOf(target) + 1) % this.#targets.length]!;
  }

  /** The one at that address, known before or new; undefined when there is no room for one more. */
  at(address: NodeAddress): ControllerTarget | undefined {
    const known = this.#targets.find((target) => isSameAddress(target.address, address));
    if (known !== undefined || this.#targets.length >= TARGETS_MAX) return known;
    const added = this.#target(address);
    this.#targets.push(added);
    return added;
  }

  async close(): Promise<void> {
    await Promise.all(this.#targets.map(({ channel }) => channel.close()));
  }

  #target(address: ControllerAddress): ControllerTarget {
    return { address, channel: this.#connect(address), waiting: new Set() };
  }
}
