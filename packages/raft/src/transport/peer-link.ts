import { RaftService } from "@millrace/proto/raft";
import {
  ApiError,
  type Clock,
  type ErrorName,
  type Logger,
  type Random,
  type RpcChannel,
  RpcUnavailableError,
  type Timer,
} from "@millrace/runtime";
import type { Endpoint, MemberKey, Voter } from "../entry.ts";
import type { Message } from "../message.ts";
import { BatchStream } from "./batch-stream.ts";
import { encodeMemberKey } from "./encode-batch.ts";
import { ReconnectDelay, type ReconnectLimits } from "./reconnect-delay.ts";
import { SendQueue, type SendQueueLimits } from "./send-queue.ts";

export interface RaftTransportLimits extends SendQueueLimits, ReconnectLimits {
  /** A stream that was not accepted by then is given up. */
  readonly acceptMsMax: number;
}

export interface PeerLinkSetup {
  readonly self: MemberKey;
  /** Where this node is reached, if peers are to be told. */
  readonly endpoint?: Endpoint | undefined;
  readonly member: Voter;
  readonly connect: (endpoint: Endpoint) => RpcChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: RaftTransportLimits;
  readonly onRefused: (member: MemberKey) => void;
}

/** `idle`: nothing to send and no stream. `waiting`: the last stream failed, and the next one has to wait. */
type LinkState = "idle" | "streaming" | "waiting" | "closed";

/** The way to one member: a stream that is opened when there is something to send, and again when it broke. */
export class PeerLink {
  readonly #setup: PeerLinkSetup;
  readonly #queue: SendQueue;
  readonly #delay: ReconnectDelay;
  #state: LinkState = "idle";
  #stream: BatchStream | undefined;
  #attempt = new AbortController();
  #wait: Timer | undefined;
  /** The stream that is open, or the last one. */
  #running: Promise<void> | undefined;
  /** Told once until the peer accepts a stream again. */
  #reported: ErrorName | undefined;

  constructor(setup: PeerLinkSetup) {
    this.#setup = setup;
    this.#queue = new SendQueue(setup.limits);
    this.#delay = new ReconnectDelay(setup.limits, setup.random);
  }

  /** Never fails: what finds no room, or no peer, is dropped. */
  send(message: Message): void {
    if (this.#state === "closed" || !this.#queue.push(message)) return;
    if (this.#state === "idle") this.#start();
    else this.#stream?.wake();
  }

  /** Ends the stream at once. Resolves when its channel is closed. */
  async close(): Promise<void> {
    this.#state = "closed";
    this.#wait?.cancel();
    this.#queue.clear();
    this.#attempt.abort(new RpcUnavailableError("broken"));
    await this.#running;
  }

  #start(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    this.#state = "streaming";
    let acceptedMs: number | undefined;
    const failure = await this.#exchange(() => {
      acceptedMs = this.#setup.clock.monotonicMs();
      this.#reported = undefined;
    });
    const upMs = acceptedMs === undefined ? 0 : this.#setup.clock.monotonicMs() - acceptedMs;
    this.#stream = undefined;
    this.#queue.clear();
    if (this.#closed) return;
    this.#report(failure);
    if (!this.#closed) this.#reconnect(this.#delay.next(upMs));
  }

  get #closed(): boolean {
    return this.#state === "closed";
  }

  /** Resolves with why the stream is over; undefined when the peer ended it. */
  async #exchange(onAccepted: () => void): Promise<unknown> {
    const { self, endpoint, member, connect, clock, limits } = this.#setup;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const timer = clock.setTimer(limits.acceptMsMax, () => attempt.abort(new RpcUnavailableError("timeout")));
    // A channel of its own for each attempt: the waiting is ours, and not also the channel's.
    const channel = connect(member.endpoint);
    const { signal } = attempt;
    const hello = {
      from: encodeMemberKey(self),
      to: encodeMemberKey(member),
      ...(endpoint && { endpoint: { host: endpoint.host, port: endpoint.port } }),
    };
    const stream = new BatchStream(this.#queue, hello);
    this.#stream = stream;
    try {
      for await (const _accepted of channel.client(RaftService).exchange(stream, { signal })) {
        timer.cancel();
        onAccepted();
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      timer.cancel();
      // Whoever still reads it is not to take what waits for the next one.
      void stream.return();
      await channel.close();
    }
  }

  /** A peer that was up for long is tried again at once, whether or not there is something to send. */
  #reconnect(delayMs: number): void {
    if (delayMs === 0) {
      this.#start();
      return;
    }
    this.#state = "waiting";
    this.#wait = this.#setup.clock.setTimer(delayMs, () => {
      this.#state = "idle";
      if (!this.#queue.isEmpty) this.#start();
    });
  }

  #report(failure: unknown): void {
    const { member, logger, onRefused } = this.#setup;
    if (failure instanceof RpcUnavailableError && failure.reason === "refused") onRefused(member);
    const id = failure instanceof ApiError ? failure.id : "UNKNOWN_SERVER_ERROR";
    if (failure === undefined || this.#reported === id) return;
    this.#reported = id;
    const fields = { peer: member.id, endpoint: member.endpoint, error: failure };
    if (id === "NETWORK_EXCEPTION") logger.info(fields, "raft peer cannot be reached");
    else logger.error(fields, "raft peer refuses this node");
  }
}
