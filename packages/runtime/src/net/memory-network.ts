import type { ByteStream, ListenOptions, StreamListener, StreamNetwork } from "./byte-stream.ts";
import { type MemoryConnectionOptions, memoryConnection } from "./memory-stream.ts";
import { NetworkError } from "./network-error.ts";

const FIRST_FREE_PORT = 49_152;

/** Hosts, ports and connections inside one process: a network for tests and simulations. */
export class MemoryNetwork implements StreamNetwork {
  readonly #options: MemoryConnectionOptions;
  readonly #listeners = new Map<number, (stream: ByteStream) => void>();
  #nextPort = FIRST_FREE_PORT;

  constructor(options: MemoryConnectionOptions) {
    this.#options = options;
  }

  async listen(options: ListenOptions, onConnection: (stream: ByteStream) => void): Promise<StreamListener> {
    const port = options.port === 0 ? this.#freePort() : options.port;
    if (this.#listeners.has(port)) {
      throw new NetworkError("inUse", `${options.host}:${port} is in use`);
    }
    this.#listeners.set(port, onConnection);
    return {
      host: options.host,
      port,
      close: async () => {
        this.#listeners.delete(port);
      },
    };
  }

  /** The client's end of a new connection. Throws a `NetworkError` when nobody listens. */
  connect(port: number): ByteStream {
    const onConnection = this.#listeners.get(port);
    if (onConnection === undefined) throw new NetworkError("unavailable", `nobody listens on port ${port}`);
    const [client, server] = memoryConnection(this.#options, port, this.#freePort());
    this.#options.later(() => onConnection(server));
    return client;
  }

  #freePort(): number {
    while (this.#listeners.has(this.#nextPort)) this.#nextPort++;
    return this.#nextPort++;
  }
}
