import { expect, test } from "vitest";
import type { ByteStream, ByteStreamHandler, StreamNetwork } from "../net/byte-stream.ts";
import { NetworkError } from "../net/network-error.ts";

/** The far end of a connection, however the network under test makes one. */
export interface SuiteClient {
  write(bytes: Uint8Array): void;
  /** Everything received so far. */
  received(): Buffer;
  pause(): void;
  resume(): void;
  /** Closes politely: what was written arrives. */
  end(): void;
  readonly closed: boolean;
}

export interface NetworkSuiteOptions {
  readonly network: () => StreamNetwork;
  readonly connect: (port: number) => SuiteClient;
}

const HOST = "127.0.0.1";
const MIB = 1_048_576;

/** What every `StreamNetwork` does, real or in memory. */
export function runNetworkSuite(name: string, { network, connect }: NetworkSuiteOptions): void {
  /** A listener, a client and the server's end of the connection between them. */
  async function connected() {
    const accepted: ByteStream[] = [];
    const listener = await network().listen({ host: HOST, port: 0 }, (stream) => accepted.push(stream));
    const client = connect(listener.port);
    await until(() => accepted.length === 1);
    return { listener, client, stream: accepted[0]! };
  }

  test(`${name}: bytes arrive in order, both ways`, async () => {
    const { listener, client, stream } = await connected();
    const server = new Recorder(stream);
    const sent = pattern(3 * MIB);
    client.write(sent.subarray(0, MIB));
    client.write(sent.subarray(MIB));
    await until(() => server.size === sent.length);
    expect(server.received().equals(sent)).toBe(true);
    stream.write([sent.subarray(0, 10), sent.subarray(10, MIB), sent.subarray(MIB)]);
    await until(() => client.received().length === sent.length);
    expect(client.received().equals(sent)).toBe(true);
    stream.destroy();
    await listener.close();
  });

  test(`${name}: a slow reader is noticed, and that it caught up`, async () => {
    const { listener, client, stream } = await connected();
    const server = new Recorder(stream);
    client.pause();
    const chunk = pattern(MIB);
    let written = 0;
    let roomLeft = true;
    for (; roomLeft && written < 64; written++) roomLeft = stream.write([chunk]);
    expect(roomLeft).toBe(false);
    expect(stream.unsentBytes).toBeGreaterThan(0);
    client.resume();
    await until(() => server.drained && client.received().length === written * MIB);
    expect(stream.unsentBytes).toBe(0);
    stream.destroy();
    await listener.close();
  });

  test(`${name}: a paused stream delivers nothing until it is resumed`, async () => {
    const { listener, client, stream } = await connected();
    const server = new Recorder(stream);
    stream.pause();
    client.write(pattern(MIB));
    await until(() => true, 20);
    expect(server.size).toBe(0);
    stream.resume();
    await until(() => server.size === MIB);
    stream.destroy();
    await listener.close();
  });

  test(`${name}: what was written before the end arrives, then both ends are closed`, async () => {
    const { listener, client, stream } = await connected();
    const server = new Recorder(stream);
    stream.write([pattern(MIB)]);
    stream.end();
    await until(() => client.closed && server.closes === 1);
    expect(client.received()).toHaveLength(MIB);
    await listener.close();
  });

  test(`${name}: a client that leaves closes its stream, once`, async () => {
    const { listener, client, stream } = await connected();
    const server = new Recorder(stream);
    client.write(pattern(100));
    client.end();
    await until(() => server.closes > 0);
    expect(server.size).toBe(100);
    stream.destroy();
    expect(stream.write([pattern(10)])).toBe(true);
    await until(() => true, 20);
    expect(server.closes).toBe(1);
    await listener.close();
  });

  test(`${name}: a port that is taken cannot be bound, one that was given back can`, async () => {
    const shared = network();
    const first = await shared.listen({ host: HOST, port: 0 }, () => {});
    const again = { host: HOST, port: first.port };
    const refused = await shared.listen(again, () => {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NetworkError);
    expect(refused).toMatchObject({ reason: "inUse", message: expect.stringContaining(String(first.port)) });
    await first.close();
    const second = await shared.listen(again, () => {});
    expect(second.port).toBe(first.port);
    await second.close();
  });
}

/** The server's end: copies what it is lent. */
class Recorder implements ByteStreamHandler {
  readonly #chunks: Buffer[] = [];
  size = 0;
  closes = 0;
  drained = false;

  constructor(stream: ByteStream) {
    stream.start(this);
  }

  received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  onData(chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk));
    this.size += chunk.length;
  }

  onDrain(): void {
    this.drained = true;
  }

  onClose(): void {
    this.closes++;
  }
}

function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >>> 8)) & 0xff;
  return bytes;
}

/** Turns of the event loop until something is so; at least `turns`. */
async function until(condition: () => boolean, turns = 0): Promise<void> {
  for (let turn = 0; turn < turns || !condition(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
