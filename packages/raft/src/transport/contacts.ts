import { RaftService } from "@millrace/proto/raft";
import type { Logger, RpcChannel } from "@millrace/runtime";
import type { Endpoint, MemberKey } from "../entry.ts";
import { sameMember } from "../member-key.ts";
import { anyMember, type JoinRequest, type JoinResponse } from "../message.ts";
import { encodeMemberKey, encodeMessage } from "./encode-batch.ts";

/** Calls open at once; what is more is dropped, since a node that wants to join asks again. */
const openMax = 16;

interface ContactsSetup {
  readonly self: MemberKey;
  readonly connect: (endpoint: Endpoint) => RpcChannel;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Single messages to nodes of which no more is known than where they listen. */
export class Contacts {
  readonly #setup: ContactsSetup;
  readonly #open = new Map<string, RpcChannel>();

  constructor(setup: ContactsSetup) {
    this.#setup = setup;
  }

  send(endpoint: Endpoint, message: JoinRequest | JoinResponse): void {
    const address = `${endpoint.host}:${endpoint.port}`;
    if (this.#open.has(address) || this.#open.size >= openMax) return;
    const channel = this.#setup.connect(endpoint);
    this.#open.set(address, channel);
    void this.#call(channel, address, message);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((channel) => channel.close()));
  }

  async #call(channel: RpcChannel, address: string, message: JoinRequest | JoinResponse): Promise<void> {
    const { self, timeoutMs, logger } = this.#setup;
    const to = sameMember(message.to, anyMember) ? {} : { to: encodeMemberKey(message.to) };
    const request = { from: encodeMemberKey(self), ...to, message: encodeMessage(message) };
    try {
      await channel.client(RaftService).contact(request, { timeoutMs });
    } catch (error) {
      logger.debug({ address, error }, "raft contact does not answer");
    } finally {
      await channel.close();
      this.#open.delete(address);
    }
  }
}
