import { assert } from "../assert.ts";
import type { ByteStream, ByteStreamHandler } from "./byte-stream.ts";

/** What a chunk is full of once it was delivered. */
const OVERWRITTEN = 0xdb;

export interface MemoryConnectionOptions {
  /** Runs a callback in a later turn: `setImmediate`, or a simulated clock's next step. */
  readonly later: (callback: () => void) => void;
  /** Largest chunk that `onData` gets, in bytes; 65,536 when left out. Small ones find what splits badly. */
  readonly chunkBytesMax?: number;
  /** Unsent bytes from which `write` answers false; 65,536 when left out. */
  readonly unsentBytesMax?: number;
}

/** Both ends of one connection. */
export function memoryConnection(
  options: MemoryConnectionOptions,
  serverPort: number,
  clientPort: number,
): readonly [client: ByteStream, server: ByteStream] {
  const client = new MemoryStream(options, serverPort);
  const server = new MemoryStream(options, clientPort);
  client.connect(server);
  server.connect(client);
  return [client, server];
}

/** One end. What it writes waits here until the other end reads, and is copied on the way, as a wire would. */
class MemoryStream implements ByteStream {
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort: number;
  readonly #later: (callback: () => void) => void;
  readonly #chunkBytesMax: number;
  readonly #unsentBytesMax: number;
  readonly #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #peer: MemoryStream | undefined;
  #handler: ByteStreamHandler | undefined;
  #paused = false;
  #pumping = false;
  #wantsDrain = false;
  #ended = false;
  #closed = false;

  constructor(options: MemoryConnectionOptions, remotePort: number) {
    this.#later = options.later;
    this.#chunkBytesMax = options.chunkBytesMax ?? 65_536;
    this.#unsentBytesMax = options.unsentBytesMax ?? 65_536;
    this.remotePort = remotePort;
  }

  connect(peer: MemoryStream): void {
    this.#peer = peer;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  start(handler: ByteStreamHandler): void {
    assert(this.#handler === undefined, "stream started twice");
    this.#handler = handler;
    if (this.#closed) this.#later(() => handler.onClose(undefined));
    else this.#peer?.pump();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ended || this.#closed) return true; // as a socket does: nobody will read it
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#unsent.push(chunk);
      this.#unsentBytes += chunk.length;
    }
    this.pump();
    if (this.#unsentBytes < this.#unsentBytesMax) return true;
    this.#wantsDrain = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#peer?.pump();
  }

  end(): void {
    this.#ended = true;
    this.pump();
  }

  destroy(): void {
    this.#close();
    this.#peer?.closeSoon();
  }

  closeSoon(): void {
    this.#later(() => this.#close());
  }

  /** Moves a chunk a turn for as long as the other end reads. */
  pump(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    this.#later(() => {
      this.#pumping = false;
      if (this.#closed) return;
      if (this.#unsentBytes > 0) {
        if (!this.#peer!.reads) return;
        const chunk = this.#takeChunk();
        this.#peer!.#handler!.onData(chunk);
        chunk.fill(OVERWRITTEN); // as a socket's buffer is by its next read: nobody may have kept it
        this.pump();
        return;
      }
      if (this.#wantsDrain) {
        this.#wantsDrain = false;
        this.#handler?.onDrain();
      }
      if (this.#ended) this.destroy();
    });
  }

  get reads(): boolean {
    return this.#handler !== undefined && !this.#paused && !this.#closed;
  }

  #takeChunk(): Buffer {
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < this.#chunkBytesMax && this.#unsent.length > 0) {
      const first = this.#unsent[0]!;
      const part = first.subarray(0, this.#chunkBytesMax - size);
      if (part.length === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(part.length);
      parts.push(part);
      size += part.length;
    }
    this.#unsentBytes -= size;
    return Buffer.concat(parts, size);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsent.length = 0;
    this.#unsentBytes = 0;
    const handler = this.#handler;
    if (handler !== undefined) this.#later(() => handler.onClose(undefined));
  }
}
