import {
  ApiError,
  type CallOptions,
  type ClientTransport,
  type RpcChannel,
  RpcUnavailableError,
  serviceClient,
} from "@millrace/runtime";

/** Who is told what becomes of calls. */
export interface CallWatcher {
  /** Also by a refusal. */
  answered(): void;
  /** Nobody is there, nobody that answers, or nobody that knows the call. */
  failed(error: ApiError): void;
}

/** The same channel, with a watcher that is told of each answer over it, and of each that did not come. */
export function watchedChannel(channel: RpcChannel & ClientTransport, watcher: CallWatcher): RpcChannel {
  const seen = async <T>(answer: Promise<T>, { signal }: CallOptions): Promise<T> => {
    try {
      const result = await answer;
      watcher.answered();
      return result;
    } catch (error) {
      // A caller that gives up for silence says so; any other reason to abort is its own, and no answer.
      if (isSilence(error)) watcher.failed(error);
      else if (error instanceof ApiError && error !== signal?.reason) watcher.answered();
      throw error;
    }
  };
  const transport: ClientTransport = {
    unary: (method, request, options) => seen(channel.unary(method, request, options), options),
    stream: (method, requests, options) => {
      const stream = channel.stream(method, requests, options);
      return {
        next: () => seen(stream.next(), options),
        return: async () => (await stream.return?.()) ?? { done: true, value: undefined },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
  return { client: (service) => serviceClient(service, transport), close: () => channel.close() };
}

function isSilence(error: unknown): error is ApiError {
  if (error instanceof RpcUnavailableError) return true;
  return (
    error instanceof ApiError && (error.id === "REQUEST_TIMED_OUT" || error.id === "UNSUPPORTED_VERSION")
  );
}
