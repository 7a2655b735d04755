import type { ByteStream, ListenOptions, StreamListener, StreamNetwork } from "@millrace/runtime";
import { assert } from "@millrace/runtime";

interface Bound {
  readonly listener: StreamListener;
  /** Connections that came before there was anybody to serve them. */
  waiting: ByteStream[];
  onConnection: ((stream: ByteStream) => void) | undefined;
}

/** Connections that may wait on one listener; the next ones are closed. */
const WAITING_MAX = 1_000;

/**
 * Binds listeners before they are served: a broker registers its addresses first. Connections that come in between
 * wait unread, and are answered as soon as `listen` is called for their address.
 */
export class BoundListeners implements StreamNetwork {
  readonly #network: StreamNetwork;
  readonly #bound: Bound[] = [];

  constructor(network: StreamNetwork) {
    this.#network = network;
  }

  /** Rejects with a `NetworkError` when the address cannot be bound. Returns what was bound: port 0 is resolved. */
  async bind(options: ListenOptions): Promise<ListenOptions> {
    const waiting: ByteStream[] = [];
    let bound: Bound | undefined;
    const listener = await this.#network.listen(options, (stream) => {
      if (bound?.onConnection !== undefined) bound.onConnection(stream);
      else if (waiting.length < WAITING_MAX) waiting.push(stream);
      else stream.destroy();
    });
    bound = { listener, waiting, onConnection: undefined };
    this.#bound.push(bound);
    return { host: listener.host, port: listener.port };
  }

  /** Serves an address that was bound before. */
  async listen(options: ListenOptions, onConnection: (stream: ByteStream) => void): Promise<StreamListener> {
    const bound = this.#bound.find(
      ({ listener }) => listener.host === options.host && listener.port === options.port,
    );
    assert(bound?.onConnection === undefined, "listener served twice");
    assert(bound !== undefined, "listener served before it was bound");
    bound.onConnection = onConnection;
    for (const stream of bound.waiting.splice(0)) onConnection(stream);
    return bound.listener;
  }

  async close(): Promise<void> {
    for (const { waiting } of this.#bound) for (const stream of waiting.splice(0)) stream.destroy();
    await Promise.all(this.#bound.map(({ listener }) => listener.close()));
  }
}
