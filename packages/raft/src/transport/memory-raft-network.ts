import type { Endpoint, Voter } from "../entry.ts";
import { memberKey, memberName } from "../member-key.ts";
import type { JoinRequest, JoinResponse, Message, RaftTransport, RaftTransportHandlers } from "../message.ts";

export interface MemoryRaftNetworkOptions {
  /**
   * Runs what carries a message to its receiver: later, never inside this call, more than once or not at all. A
   * microtask when left out.
   */
  readonly deliver?: (message: Message, run: () => void) => void;
}

/** Nodes of one process that reach each other by their endpoints: for tests, examples and simulations. */
export class MemoryRaftNetwork {
  readonly #deliver: (message: Message, run: () => void) => void;
  readonly #listening = new Map<string, RaftTransportHandlers>();

  constructor({ deliver = (_message, run) => queueMicrotask(run) }: MemoryRaftNetworkOptions = {}) {
    this.#deliver = deliver;
  }

  /** It listens at the endpoint of `self` from `start` until `close`; a later one at the same endpoint takes its place. */
  transport(self: Voter): RaftTransport {
    const address = addressOf(self.endpoint);
    let members = new Map<string, Voter>();
    let handlers: RaftTransportHandlers | undefined;
    const carry = (endpoint: Endpoint, message: Message, onRefused: () => void): void => {
      if (handlers === undefined) return;
      this.#deliver(message, () => {
        const receiver = this.#listening.get(addressOf(endpoint));
        if (receiver === undefined) onRefused();
        else receiver.receive(message);
      });
    };
    return {
      start: (started) => {
        handlers = started;
        this.#listening.set(address, started);
      },
      setMembers: (next) => {
        members = new Map(next.map((member) => [memberName(member), member]));
      },
      send: (messages) => {
        for (const message of messages) {
          const member = members.get(memberName(message.to));
          if (member === undefined) continue;
          carry(member.endpoint, message, () => handlers?.onRefused(memberKey(member)));
        }
      },
      contact: (endpoints: readonly Endpoint[], message: JoinRequest | JoinResponse) => {
        for (const endpoint of endpoints) carry(endpoint, message, () => {});
      },
      close: async () => {
        if (this.#listening.get(address) === handlers) this.#listening.delete(address);
        handlers = undefined;
      },
    };
  }
}

function addressOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
