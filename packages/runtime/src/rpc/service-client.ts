import type { DescMessage, DescMethod, DescService, Message, MessageInitShape } from "@bufbuild/protobuf";
import { assert } from "../assert.ts";
import type { CallOptions, ServiceClient } from "./rpc.ts";

export type MessageInit = MessageInitShape<DescMessage>;

/** What a transport does for its clients; the types of the messages are kept by `serviceClient`. */
export interface ClientTransport {
  unary(method: DescMethod, request: MessageInit, options: CallOptions): Promise<Message>;
  /** Opens the call at once. The iterator's `return` cancels it. */
  stream(
    method: DescMethod,
    requests: AsyncIterable<MessageInit>,
    options: CallOptions,
  ): AsyncIterableIterator<Message, undefined>;
}

/** One function a method. A stream's call opens with the first `next`, and can be iterated once. */
export function serviceClient<S extends DescService>(
  service: S,
  transport: ClientTransport,
): ServiceClient<S> {
  const client: Record<string, unknown> = {};
  for (const method of service.methods) client[method.localName] = caller(method, transport);
  return client as ServiceClient<S>;
}

function caller(method: DescMethod, transport: ClientTransport): unknown {
  switch (method.methodKind) {
    case "unary":
      return (request: MessageInit, options: CallOptions = {}) => transport.unary(method, request, options);
    case "server_streaming":
      return (request: MessageInit, options: CallOptions = {}) =>
        opensOnFirstNext(() => transport.stream(method, just(request), options));
    case "bidi_streaming":
      return (requests: AsyncIterable<MessageInit>, options: CallOptions = {}) =>
        opensOnFirstNext(() => transport.stream(method, requests, options));
    default:
      return () => assert(false, "client streaming methods are not served");
  }
}

async function* just<T>(value: T): AsyncGenerator<T, undefined> {
  yield value;
}

function opensOnFirstNext(
  open: () => AsyncIterableIterator<Message, undefined>,
): AsyncIterableIterator<Message, undefined> {
  let opened: AsyncIterator<Message, undefined> | undefined;
  let returned = false;
  return {
    async next() {
      if (returned) return { done: true, value: undefined };
      opened ??= open();
      return opened.next();
    },
    async return() {
      returned = true;
      await opened?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
