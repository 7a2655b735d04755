import { Socket } from "node:net";
import type { ByteStream, ByteStreamHandler } from "@millrace/runtime";

const READ_BUFFER_BYTES = 262_144;

/**
 * Where the bytes of every socket arrive: a read is handed on and done with before the next one. Buffers of their own
 * for each read would be as much garbage as there is traffic, which V8 collects at a third of the cost of all else.
 */
let readBuffer: Buffer | undefined;

/** What `net.Socket` takes beyond its documented options: `net.connect` hands the same ones on. */
interface AdoptedSocketOptions {
  readonly handle: unknown;
  readonly pauseOnCreate: boolean;
  readonly onread: {
    readonly buffer: Uint8Array;
    readonly callback: (bytes: number, buffer: Uint8Array) => boolean;
  };
}

/** A connected socket. */
export class TcpStream implements ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #handler: ByteStreamHandler | undefined;
  #error: Error | undefined;
  #paused = false;

  /** Takes over a socket that a server accepted with `pauseOnConnect`. */
  constructor(accepted: Socket) {
    this.#socket = this.#adopt(accepted);
    // Both are gone as soon as the peer is.
    this.remoteAddress = this.#socket.remoteAddress ?? "";
    this.remotePort = this.#socket.remotePort ?? 0;
    this.#socket.on("error", (error) => {
      this.#error = error;
    });
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  start(handler: ByteStreamHandler): void {
    this.#handler = handler;
    const socket = this.#socket;
    if (socket.destroyed) {
      setImmediate(() => handler.onClose(this.#error));
      return;
    }
    socket.on("close", () => handler.onClose(this.#error));
    socket.on("drain", () => handler.onDrain());
    socket.resume();
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
    this.#paused = true;
    this.#socket.pause();
    // A resume of the same turn begins to read only in the next tick, whatever came after it.
    process.nextTick(() => {
      if (this.#paused) this.#socket.pause();
    });
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Servers have no `onread` option, only clients do. So the connection moves to a socket made with it; a runtime in
   * which that is not possible any more gets its reads as events.
   */
  #adopt(accepted: Socket): Socket {
    const owner = accepted as unknown as { _handle: { useUserBuffer?: unknown } | null };
    const handle = owner._handle;
    if (typeof handle?.useUserBuffer !== "function") {
      return accepted.on("data", (chunk: Buffer) => this.#handler?.onData(chunk));
    }
    owner._handle = null;
    readBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const buffer = readBuffer;
    const options: AdoptedSocketOptions = {
      handle,
      pauseOnCreate: true,
      onread: {
        buffer,
        callback: (bytes) => {
          this.#handler?.onData(buffer.subarray(0, bytes));
          return true;
        },
      },
    };
    return new Socket(options as ConstructorParameters<typeof Socket>[0]);
  }
}
