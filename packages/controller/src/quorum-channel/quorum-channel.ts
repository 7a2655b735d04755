import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { ControllerService } from "@millrace/proto/controller";
import {
  ApiError,
  assert,
  type CallOptions,
  type ClientTransport,
  type MessageInit,
  type RpcChannel,
  RpcUnavailableError,
  type ServiceClient,
  serviceClient,
} from "@millrace/runtime";
import { type ControllerAddress, type ControllerTarget, ControllerTargets } from "./controller-targets.ts";
import { refusalOf } from "./refusal-of.ts";

export interface QuorumChannelOptions {
  /**
   * Where to begin, one at least. The feed is followed from the first one: put a controller of the same process there,
   * and begin elsewhere on each node otherwise.
   */
  readonly controllers: readonly ControllerAddress[];
  /** Makes a channel that opens with its first call. The quorum channel closes it. */
  readonly connect: (address: ControllerAddress) => RpcChannel;
}

/**
 * The controllers of a cluster as one channel. Calls and sessions go to the one that is thought to be active, the
 * metadata feed to any. A call that fails is never repeated here; but the next one goes elsewhere: to whom
 * NOT_CONTROLLER points, else to the next controller when one refuses, is gone or does not answer. Calls that wait for one
 * that is left because it does not answer (a session finds out first) end with it.
 */
export class QuorumChannel implements RpcChannel, ClientTransport {
  readonly #targets: ControllerTargets;
  #active: ControllerTarget;
  #feed: ControllerTarget;

  constructor({ controllers, connect }: QuorumChannelOptions) {
    assert(controllers.length > 0, "a quorum channel without controllers");
    this.#targets = new ControllerTargets(controllers, connect);
    this.#active = this.#targets.first;
    this.#feed = this.#targets.first;
  }

  /** Who was active when it was last heard of. */
  get active(): ControllerAddress {
    return this.#active.address;
  }

  /** Whom the metadata is followed from. */
  get feed(): ControllerAddress {
    return this.#feed.address;
  }

  /**
   * Why one of them will never take this node for one of its cluster, as it answers to a question of this call's own;
   * undefined when all may, or do not answer.
   */
  async refusal(): Promise<ApiError | undefined> {
    const refusals = await Promise.all(this.#targets.all.map(({ channel }) => refusalOf(channel)));
    return refusals.find((refusal) => refusal !== undefined);
  }

  client<S extends DescService>(service: S): ServiceClient<S> {
    return serviceClient(service, this);
  }

  async unary(method: DescMethod, request: MessageInit, options: CallOptions): Promise<Message> {
    const target = this.#active;
    const abandoned = new AbortController();
    target.waiting.add(abandoned);
    const { signal: given, ...rest } = options;
    const signal = given === undefined ? abandoned.signal : AbortSignal.any([given, abandoned.signal]);
    try {
      return await callOn<Promise<Message>>(target.channel, method, request, { ...rest, signal });
    } catch (error) {
      this.#activeFailed(target, error);
      throw error;
    } finally {
      target.waiting.delete(abandoned);
    }
  }

  stream(
    method: DescMethod,
    requests: AsyncIterable<MessageInit>,
    options: CallOptions,
  ): AsyncIterableIterator<Message, undefined> {
    const isFeed = method === ControllerService.method.metadataFeed;
    const target = isFeed ? this.#feed : this.#active;
    const over = (error: unknown): void => {
      if (isFeed) this.#feedOver(target);
      else this.#activeFailed(target, error);
    };
    return watched(openStream(target.channel, method, requests, options), over);
  }

  async close(): Promise<void> {
    await this.#targets.close();
  }

  #activeFailed(target: ControllerTarget, error: unknown): void {
    if (!isOfNoUse(error)) return;
    // Who does not answer one does not answer the others; who says that another is active does.
    if (error.id !== "NOT_CONTROLLER") abandon(target);
    if (target !== this.#active) return; // somebody has moved on already
    const { servedBy } = error;
    const hinted = servedBy === undefined ? undefined : this.#targets.at(servedBy);
    this.#active = hinted === undefined || hinted === target ? this.#targets.after(target) : hinted;
  }

  /** Whoever follows comes back only when this source was no good: it ended, or it fell behind. */
  #feedOver(target: ControllerTarget): void {
    if (target === this.#feed) this.#feed = this.#targets.after(target);
  }
}

function abandon({ waiting }: ControllerTarget): void {
  const reason = new RpcUnavailableError("broken");
  for (const call of [...waiting]) call.abort(reason);
}

/** It does not lead, cannot be reached, or says nothing. Anything else is the answer of an active controller. */
function isOfNoUse(error: unknown): error is ApiError {
  if (error instanceof RpcUnavailableError) return true;
  return error instanceof ApiError && (error.id === "NOT_CONTROLLER" || error.id === "REQUEST_TIMED_OUT");
}

type Call<Request, Result> = (request: Request, options: CallOptions) => Result;

/** A method by its descriptor: what its types were is known to the caller's client. */
function callOn<Result>(
  channel: RpcChannel,
  method: DescMethod,
  request: unknown,
  options: CallOptions,
): Result {
  const client = channel.client(method.parent) as Readonly<Record<string, Call<unknown, Result>>>;
  return client[method.localName]!(request, options);
}

function openStream(
  channel: RpcChannel,
  method: DescMethod,
  requests: AsyncIterable<MessageInit>,
  options: CallOptions,
): AsyncIterable<Message> {
  if (method.methodKind === "bidi_streaming") return callOn(channel, method, requests, options);
  return only(requests, (request) => callOn(channel, method, request, options));
}

/** A server's stream is asked for with one request. */
async function* only(
  requests: AsyncIterable<MessageInit>,
  call: (request: MessageInit) => AsyncIterable<Message>,
): AsyncGenerator<Message, undefined> {
  for await (const request of requests) {
    yield* call(request);
    return;
  }
}

/** Tells once when a stream ends by itself, with what it failed with or undefined; leaving it is no end. */
function watched(
  stream: AsyncIterable<Message>,
  over: (error: unknown) => void,
): AsyncIterableIterator<Message, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const result = await iterator.next();
        if (result.done !== true) return result;
        over(undefined);
        return { done: true, value: undefined };
      } catch (error) {
        over(error);
        throw error;
      }
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
