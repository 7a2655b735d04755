import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AcceptedSchema, ContactRequest, Hello, MessageBatch, RaftService } from "@millrace/proto/raft";
import {
  ApiError,
  type CallContext,
  type RolePeer,
  RpcUnavailableError,
  requireRole,
  type ServiceHandlers,
} from "@millrace/runtime";
import type { Endpoint, MemberKey } from "../entry.ts";
import { memberName, sameMember } from "../member-key.ts";
import { anyMember, type Message } from "../message.ts";
import {
  decodeBatch,
  decodeEndpoint,
  decodeMemberKey,
  decodeMessage,
  type Envelope,
} from "./decode-batch.ts";

interface InboxSetup {
  readonly self: MemberKey;
  readonly clusterId: string;
  readonly roles: readonly [RolePeer["role"], ...RolePeer["role"][]];
  /** A member opened a stream, and says where it is reached itself. */
  readonly onHello: (member: MemberKey, endpoint: Endpoint) => void;
}

type Requests = AsyncIterator<MessageBatch, unknown>;
type Accepted = MessageInitShape<typeof AcceptedSchema>;

/** Takes what other nodes send, after a look at who they are. */
export class Inbox {
  readonly #setup: InboxSetup;
  readonly #streams = new Set<Requests>();
  /** Of each member, the one that it opened last. */
  readonly #latest = new Map<string, Requests>();
  #receive: ((message: Message) => void) | undefined;

  constructor(setup: InboxSetup) {
    this.#setup = setup;
  }

  get serviceHandlers(): ServiceHandlers<typeof RaftService> {
    return {
      exchange: (requests, context) => this.#exchange(requests[Symbol.asyncIterator](), context),
      contact: async (request, context) => this.#contact(request, context),
    };
  }

  open(receive: (message: Message) => void): void {
    this.#receive = receive;
  }

  /** Ends the streams, and refuses others from now on. */
  close(): void {
    this.#receive = undefined;
    for (const stream of this.#streams) void stream.return?.();
  }

  async *#exchange(requests: Requests, context: CallContext): AsyncGenerator<Accepted> {
    this.#checkOpen();
    this.#streams.add(requests);
    try {
      let next = await requests.next();
      if (next.done === true) return;
      const { hello } = next.value;
      const envelope = this.#envelope(hello, context);
      if (hello?.endpoint !== undefined) this.#setup.onHello(envelope.from, decodeEndpoint(hello.endpoint));
      this.#supersede(memberName(envelope.from), requests);
      yield {};
      for (; next.done !== true; next = await requests.next()) {
        for (const message of decodeBatch(next.value, envelope)) this.#receive?.(message);
      }
    } finally {
      this.#streams.delete(requests);
      for (const [name, latest] of this.#latest) if (latest === requests) this.#latest.delete(name);
    }
  }

  /** A member has one stream here: what an earlier one still holds, perhaps for long, is old. */
  #supersede(member: string, requests: Requests): void {
    void this.#latest.get(member)?.return?.();
    this.#latest.set(member, requests);
  }

  #contact({ from, to, message }: ContactRequest, context: CallContext): Accepted {
    this.#checkOpen();
    const envelope = this.#envelope({ from, to }, context);
    if (message?.body.case !== "joinRequest" && message?.body.case !== "joinResponse") {
      throw new ApiError("INVALID_REQUEST", { detail: "only to join is asked for by address" });
    }
    this.#receive?.(decodeMessage(message, { ...envelope, to: to === undefined ? anyMember : envelope.to }));
    return {};
  }

  /** Refuses who is no node of this cluster, who is not who its connection says, and what is for another node. */
  #envelope(hello: Pick<Hello, "from" | "to"> | undefined, context: CallContext): Envelope {
    const { self, clusterId, roles } = this.#setup;
    const { nodeId } = requireRole(context, clusterId, ...roles);
    const from = decodeMemberKey(hello?.from);
    if (from.id !== nodeId) {
      const detail = `node ${nodeId} says that it is node ${from.id}`;
      throw new ApiError("CLUSTER_AUTHORIZATION_FAILED", { detail });
    }
    const to = hello?.to === undefined ? self : decodeMemberKey(hello.to);
    if (!sameMember(to, self)) {
      throw new ApiError("INVALID_VOTER_KEY", {
        detail: `this is ${memberName(self)}, not ${memberName(to)}`,
      });
    }
    return { from, to: self };
  }

  #checkOpen(): void {
    if (this.#receive === undefined) throw new RpcUnavailableError("broken");
  }
}
