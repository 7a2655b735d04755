import type { TraceContext } from "@millrace/runtime";
import type { ClientConnection } from "../kafka-listener/client-connection.ts";
import type { ClientSoftware, RequestContext } from "../request-context.ts";
import { ANONYMOUS } from "../security/principal.ts";

/** The context of one request over Kafka's protocol. */
export class KafkaRequestContext implements RequestContext {
  readonly connection: ClientConnection;
  readonly requestName: string;
  readonly apiVersion: number;
  readonly clientId: string;
  readonly trace: TraceContext | undefined;
  /** What handlers ask for by their own quotas, in milliseconds; the response carries the largest of all. */
  #throttleTimeMs = 0;
  #sent: (() => void) | undefined;

  constructor(
    connection: ClientConnection,
    requestName: string,
    apiVersion: number,
    clientId: string,
    trace: TraceContext | undefined,
  ) {
    this.connection = connection;
    this.requestName = requestName;
    this.apiVersion = apiVersion;
    this.clientId = clientId;
    this.trace = trace;
  }

  get principal(): string {
    return this.connection.principal ?? ANONYMOUS;
  }

  get clientSoftware(): ClientSoftware | undefined {
    return this.connection.software;
  }

  get clientAddress(): string {
    return this.connection.clientAddress;
  }

  get listener(): string {
    return this.connection.listener;
  }

  get connectionId(): number {
    return this.connection.id;
  }

  get throttleTimeMs(): number {
    return this.#throttleTimeMs;
  }

  throttle(delayMs: number): void {
    if (delayMs > this.#throttleTimeMs) this.#throttleTimeMs = delayMs;
  }

  /** `sent` runs once the response has left the process or never will: memory that it holds goes back. Once at most. */
  whenSent(sent: () => void): void {
    this.#sent = sent;
  }

  get sent(): (() => void) | undefined {
    return this.#sent;
  }
}
