import type { ByteStream, StreamListener, Timer } from "@millrace/runtime";
import { ResponseRoom } from "../core/response-room.ts";
import { plaintext, type SecurityProtocol } from "../security/security-protocol.ts";
import type { ClientConnection } from "./client-connection.ts";
import { Connection } from "./connection.ts";
import type { ConnectionHost } from "./connection-host.ts";
import { FrameMemory } from "./frame-memory.ts";
import { LimitedLog } from "./limited-log.ts";
import type { KafkaListenerOptions, ListenerOptions, OpenListener } from "./listener-options.ts";
import { ReadGate } from "./read-gate.ts";
import { ShortageRelief } from "./shortage-relief.ts";

/** How often connections are looked at for what is overdue. Their times are tens of seconds. */
const SWEEP_INTERVAL_MS = 1_000;

/** Kafka's protocol over TCP: all listeners of a broker and their connections. */
export class KafkaListener {
  readonly #options: KafkaListenerOptions;
  readonly #log: LimitedLog;
  readonly #gate: ReadGate;
  readonly #memory: FrameMemory;
  readonly #relief: ShortageRelief;
  readonly #listeners: StreamListener[] = [];
  readonly #connections = new Map<Connection, ClientConnection>();
  #toFlush = new Set<Connection>();
  #nextId = 1;
  #sweepTimer: Timer | undefined;
  #closed = false;

  constructor(options: KafkaListenerOptions) {
    this.#options = options;
    this.#log = new LimitedLog(options.runtime.logger, options.runtime.clocks.liveness);
    this.#memory = new FrameMemory(options.budget, options.framePool);
    this.#relief = new ShortageRelief(options.budget, options.settings);
    this.#gate = new ReadGate({
      budget: options.budget,
      memory: this.#memory,
      clock: options.runtime.clocks.liveness,
      executor: options.runtime.executor,
    });
    this.#sweepLater();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Rejects with a `NetworkError` when the address cannot be bound. */
  async open(listener: ListenerOptions): Promise<OpenListener> {
    const security = listener.security ?? plaintext;
    const { host, port } = listener;
    const bound = await this.#options.network.listen({ host, port }, (stream) =>
      this.#accept(stream, listener.name, security),
    );
    this.#listeners.push(bound);
    return {
      name: listener.name,
      securityProtocol: security.name,
      host: bound.host,
      port: bound.port,
      advertised: listener.advertised ?? { host: bound.host, port: bound.port },
    };
  }

  /** Stops accepting and closes all connections; what was answered in this turn may still leave. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sweepTimer?.cancel();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    for (const connection of [...this.#connections.keys()]) connection.close(undefined);
  }

  #accept(raw: ByteStream, listener: string, security: SecurityProtocol): void {
    const { metrics, connectionsMax } = this.#options;
    if (this.#closed || this.#connections.size >= connectionsMax) {
      raw.destroy();
      if (this.#closed) return;
      metrics.millrace_broker_connections_refused_total.add(1);
      this.#log.warn({ client: raw.remoteAddress, listener }, "connection refused: max.connections reached");
      return;
    }
    const { stream, principal } = security.secure(raw);
    const client: ClientConnection = {
      id: this.#nextId++,
      listener,
      clientAddress: raw.remoteAddress,
      room: new ResponseRoom(this.#options.budget),
      principal,
      software: undefined,
    };
    const connection = new Connection(this.#hostOf(client), stream);
    this.#connections.set(connection, client);
    metrics.millrace_broker_connections.set(this.#connections.size);
  }

  #hostOf(client: ClientConnection): ConnectionHost<Connection> {
    const { runtime, settings, handle } = this.#options;
    const { liveness } = runtime.clocks;
    return {
      settings,
      memory: this.#memory,
      gate: this.#gate,
      room: client.room,
      nowMs: () => liveness.monotonicMs(),
      handle: (request) => handle(client, request),
      flushSoon: (connection) => this.#flushSoon(connection),
      unmuteLater: (connection, delayMs) => {
        liveness.setTimer(delayMs, () => connection.unmute());
      },
      fail: (error) => runtime.fail(error),
      closed: (connection, reason) => this.#closedConnection(connection, reason),
    };
  }

  /** Answers become due many at a time, at the end of a turn: what is due then leaves in one write. */
  #flushSoon(connection: Connection): void {
    if (this.#toFlush.size === 0) queueMicrotask(() => this.#flushAll());
    this.#toFlush.add(connection);
  }

  #flushAll(): void {
    const connections = this.#toFlush;
    this.#toFlush = new Set();
    for (const connection of connections) {
      try {
        connection.flush();
      } catch (error) {
        this.#options.runtime.fail(error);
      }
    }
  }

  #closedConnection(connection: Connection, reason: string | undefined): void {
    const { metrics } = this.#options;
    const client = this.#connections.get(connection);
    this.#connections.delete(connection);
    metrics.millrace_broker_connections.set(this.#connections.size);
    metrics.millrace_broker_connections_closed_total.add(1, {
      by: reason === undefined ? "client" : "broker",
    });
    if (reason === undefined || client === undefined) return;
    const { id, listener, clientAddress } = client;
    this.#log.warn({ connection: id, client: clientAddress, listener, reason }, "connection closed");
  }

  #sweepLater(): void {
    this.#sweepTimer = this.#options.runtime.clocks.liveness.setTimer(SWEEP_INTERVAL_MS, () => {
      const nowMs = this.#options.runtime.clocks.liveness.monotonicMs();
      for (const connection of [...this.#connections.keys()]) {
        const reason = connection.overdue(nowMs);
        if (reason !== undefined) connection.close(reason);
      }
      this.#relief.sweep(this.#connections.keys(), nowMs);
      this.#sweepLater();
    });
  }
}
