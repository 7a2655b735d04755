import { RaftService } from "@millrace/proto/raft";
import {
  type Clock,
  isSameAddress,
  type Logger,
  type Random,
  type RolePeer,
  type RpcChannel,
  type RpcRouter,
} from "@millrace/runtime";
import type { Endpoint, MemberKey, Voter } from "../entry.ts";
import { memberKey, memberName } from "../member-key.ts";
import type { JoinRequest, JoinResponse, Message, RaftTransport, RaftTransportHandlers } from "../message.ts";
import { Contacts } from "./contacts.ts";
import { Inbox } from "./inbox.ts";
import { MemberAddresses } from "./member-addresses.ts";
import { PeerLink, type RaftTransportLimits } from "./peer-link.ts";

export interface RpcRaftTransportOptions {
  /** This node: what is meant for another one is refused. */
  readonly self: MemberKey;
  /** Where it is reached, for peers whose voter set says otherwise of it. Left out: they go by their voter set. */
  readonly endpoint?: Endpoint;
  /** The peers' too, or they are refused; their own id is that of their RPC identity. */
  readonly clusterId: string;
  /** The roles whose nodes may take part; `controller` when left out. */
  readonly roles?: readonly [RolePeer["role"], ...RolePeer["role"][]];
  /** Gets `RaftService`, of which a port serves one. */
  readonly router: RpcRouter;
  /** A new channel with this node's identity. The transport closes it. */
  readonly connect: (endpoint: Endpoint) => RpcChannel;
  /** The liveness clock. */
  readonly clock: Clock;
  /** Spreads reconnects. */
  readonly random: Random;
  readonly logger: Logger;
  readonly limits?: Partial<RaftTransportLimits>;
}

export const defaultRaftTransportLimits: RaftTransportLimits = {
  queueMessagesMax: 4_096,
  queueBytesMax: 32 * 1024 * 1024,
  batchBytesMax: 1024 * 1024,
  acceptMsMax: 2_000,
  reconnectMs: 50,
  reconnectMsMax: 1_000,
};

/**
 * Raft's messages over the RPC layer, in process or over gRPC: one stream from each node to each other one. What a
 * stream lost when it broke is not repeated: raft does that.
 */
export class RpcRaftTransport implements RaftTransport {
  readonly #options: RpcRaftTransportOptions;
  readonly #limits: RaftTransportLimits;
  readonly #inbox: Inbox;
  readonly #contacts: Contacts;
  readonly #addresses = new MemberAddresses();
  readonly #links = new Map<string, { readonly member: Voter; readonly link: PeerLink }>();
  /** Links to former members whose channels are not closed yet. */
  readonly #closing = new Set<Promise<void>>();
  #handlers: RaftTransportHandlers | undefined;

  /** Adds its service to the router at once; peers are refused until `start`. */
  constructor(options: RpcRaftTransportOptions) {
    const { self, clusterId, roles = ["controller"], connect, logger } = options;
    this.#options = options;
    this.#limits = { ...defaultRaftTransportLimits, ...options.limits };
    this.#inbox = new Inbox({
      self: memberKey(self),
      clusterId,
      roles,
      onHello: (member, endpoint) => {
        if (this.#addresses.heardFrom(member, endpoint)) this.#connectMembers();
      },
    });
    this.#contacts = new Contacts({ self, connect, logger, timeoutMs: this.#limits.acceptMsMax });
    options.router.add(RaftService, this.#inbox.serviceHandlers);
  }

  start(handlers: RaftTransportHandlers): void {
    this.#handlers = handlers;
    this.#inbox.open((message) => handlers.receive(message));
  }

  setMembers(members: readonly Voter[]): void {
    this.#addresses.setMembers(members);
    this.#connectMembers();
  }

  #connectMembers(): void {
    const wanted = new Map(this.#addresses.members.map((member) => [memberName(member), member]));
    for (const [name, { member, link }] of this.#links) {
      const place = wanted.get(name)?.endpoint;
      if (place !== undefined && isSameAddress(place, member.endpoint)) continue;
      this.#links.delete(name);
      this.#end(link);
    }
    for (const [name, member] of wanted) {
      if (!this.#links.has(name)) this.#links.set(name, { member, link: this.#linkTo(member) });
    }
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.#links.get(memberName(message.to))?.link.send(message);
  }

  contact(endpoints: readonly Endpoint[], message: JoinRequest | JoinResponse): void {
    if (this.#handlers === undefined) return;
    for (const endpoint of endpoints) this.#contacts.send(endpoint, message);
  }

  /** Resolves when every channel that it opened is closed. */
  async close(): Promise<void> {
    this.#handlers = undefined;
    this.#inbox.close();
    this.setMembers([]);
    await Promise.all([...this.#closing, this.#contacts.close()]);
  }

  #end(link: PeerLink): void {
    const closing = link.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #linkTo(member: Voter): PeerLink {
    const { self, endpoint, connect, clock, random, logger } = this.#options;
    return new PeerLink({
      self,
      endpoint,
      member,
      connect,
      clock,
      random,
      logger,
      limits: this.#limits,
      onRefused: (refused) => this.#handlers?.onRefused(memberKey(refused)),
    });
  }
}
