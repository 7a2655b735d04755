import type { Socket } from "node:net";
import type { ByteStream, ByteStreamHandler } from "@millrace/runtime";

/** A connected socket. */
export class TcpStream implements ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    // Both are gone as soon as the peer is.
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
    socket.on("error", (error) => {
      this.#error = error;
    });
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  start(handler: ByteStreamHandler): void {
    const socket = this.#socket;
    if (socket.destroyed) {
      setImmediate(() => handler.onClose(this.#error));
      return;
    }
    socket.on("close", () => handler.onClose(this.#error));
    socket.on("drain", () => handler.onDrain());
    socket.on("data", (chunk: Buffer) => handler.onData(chunk));
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return true;
    if (chunks.length === 1) return socket.write(chunks[0]!);
    socket.cork();
    let roomLeft = true;
    for (const chunk of chunks) roomLeft = socket.write(chunk);
    socket.uncork(); // one writev
    return roomLeft || socket.writableLength === 0;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
