/** What a connection tells its owner. Called from the event loop's turn, never from inside a call on the stream. */
export interface ByteStreamHandler {
  /** The chunk is the sender's again when this returns, and will be overwritten: copy what you keep. */
  onData(chunk: Buffer): void;
  /** After a `write` that returned false: what was written has left. */
  onDrain(): void;
  /** Once, whoever closed it and for whatever reason. */
  onClose(error: Error | undefined): void;
}

/** A connected byte stream: as little of a socket as a server needs, so that a simulated one is easy. */
export interface ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Starts delivering; called once. */
  start(handler: ByteStreamHandler): void;
  /**
   * Sends all chunks, in order, in one system call where that goes. They must not change until sent. False: the
   * peer reads slowly; stop producing until `onDrain`.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Bytes handed to `write` that have not left the process. */
  readonly unsentBytes: number;
  /** Stops reading, so that TCP slows the peer down. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}

export interface StreamListener {
  readonly host: string;
  /** The port that was bound, also when 0 was asked for. */
  readonly port: number;
  /** Stops accepting. Connections that stand are their owners' to close. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Where listeners come from: TCP in a real process, memory in a simulation. */
export interface StreamNetwork {
  /** Rejects with an `ApiError` or a `NetworkError` that names the address when it cannot be bound. */
  listen(options: ListenOptions, onConnection: (stream: ByteStream) => void): Promise<StreamListener>;
}
