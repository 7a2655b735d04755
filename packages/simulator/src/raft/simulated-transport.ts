import type {
  Endpoint,
  JoinRequest,
  JoinResponse,
  MemberKey,
  Message,
  RaftTransport,
  RaftTransportHandlers,
  Voter,
} from "@millrace/raft";
import type { Observed, RaftObserver } from "../checks/raft-observer.ts";
import { nameOf } from "../ledger/log-slot.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";

export interface SimulatedTransportOptions {
  readonly network: SimulatedNetwork<Message>;
  readonly host: string;
  readonly process: SimulatedProcess;
  readonly at: Observed;
  readonly watch?: RaftObserver;
}

/** Raft's messages over a simulated network: a member's endpoint is the name of its machine. */
export class SimulatedTransport implements RaftTransport {
  readonly #options: SimulatedTransportOptions;
  #hosts = new Map<string, string>();
  #handlers: RaftTransportHandlers | undefined;

  constructor(options: SimulatedTransportOptions) {
    this.#options = options;
  }

  start(handlers: RaftTransportHandlers): void {
    const { network, host, process, at, watch } = this.#options;
    this.#handlers = handlers;
    network.listen(host, {
      receive: (message) =>
        process.enter(() => {
          if (this.#handlers === undefined) return;
          if (nameOf(message.to) === nameOf(at.member)) watch?.received?.(at, message);
          handlers.receive(message);
        }),
    });
  }

  setMembers(members: readonly Voter[]): void {
    this.#hosts = new Map(members.map((member) => [nameOf(member), member.endpoint.host]));
  }

  send(messages: readonly Message[]): void {
    const { at, watch, process } = this.#options;
    if (process.hasEnded) return; // it failed a moment ago
    for (const message of messages) {
      watch?.sent?.(at, message);
      const to = this.#hosts.get(nameOf(message.to));
      if (to !== undefined) this.#send(to, message, () => this.#refused(message.to));
    }
  }

  contact(endpoints: readonly Endpoint[], message: JoinRequest | JoinResponse): void {
    const { host: own, process } = this.#options;
    if (process.hasEnded) return;
    for (const { host } of endpoints) if (host !== own) this.#send(host, message, () => {});
  }

  async close(): Promise<void> {
    this.#handlers = undefined;
    const { network, host, process } = this.#options;
    if (!process.hasEnded) network.close(host);
  }

  #send(to: string, message: Message, onRefused: () => void): void {
    const { network, host } = this.#options;
    network.send(host, to, message, onRefused);
  }

  #refused(member: MemberKey): void {
    const { process, at, watch } = this.#options;
    process.enter(() => {
      watch?.refused?.(at.member, member);
      this.#handlers?.onRefused(member);
    });
  }
}
