import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { ByteStream, ListenOptions, StreamListener, StreamNetwork } from "@millrace/runtime";
import { bindError } from "./bind-error.ts";
import { TcpStream } from "./tcp-stream.ts";

/** Real sockets. */
export class TcpNetwork implements StreamNetwork {
  async listen(options: ListenOptions, onConnection: (stream: ByteStream) => void): Promise<StreamListener> {
    const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (socket) =>
      onConnection(new TcpStream(socket)),
    );
    server.listen({ host: options.host, port: options.port, backlog: 1024 });
    try {
      await once(server, "listening");
    } catch (error) {
      throw bindError(options, error);
    }
    // An accept that fails (no descriptors left) is reported here; the ones that stand go on.
    server.on("error", () => {});
    return {
      host: options.host,
      port: (server.address() as AddressInfo).port,
      close: () =>
        new Promise((resolve) => {
          // Its callback waits for connections, which are not the listener's: the socket is closed at once.
          server.close();
          resolve();
        }),
    };
  }
}
