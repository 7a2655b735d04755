import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  type ApiCodec,
  decodeResponseHeader,
  encodeRequestHeader,
  Reader,
  Writer,
} from "@millrace/kafka-protocol";

/** A bare connection to a Kafka listener: for requests that no client would send. */
export class KafkaConnection implements AsyncDisposable {
  readonly socket: Socket;
  /** Resolves when either side has closed the connection, however it did. */
  readonly closed: Promise<void>;
  readonly #waiting: PromiseWithResolvers<Buffer>[] = [];
  #received: Buffer = Buffer.alloc(0);
  #correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    socket.on("error", () => {});
    socket.on("close", () => {
      closed.resolve();
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("the connection was closed"));
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** `bootstrap` is `host:port`. */
  static async open(bootstrap: string): Promise<KafkaConnection> {
    const at = bootstrap.lastIndexOf(":");
    const socket = connect({ host: bootstrap.slice(0, at), port: Number(bootstrap.slice(at + 1)) });
    await once(socket, "connect");
    return new KafkaConnection(socket);
  }

  /** Sends a request and resolves with its response; rejects when the connection is closed instead. */
  async call<Request, RequestInput, Response, ResponseInput>(
    api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
    version: number,
    request: RequestInput,
  ): Promise<Response> {
    const frame = this.frame(api, version, request);
    const waiting = Promise.withResolvers<Buffer>();
    this.#waiting.push(waiting);
    this.socket.write(frame);
    const reader = new Reader(await waiting.promise);
    decodeResponseHeader(reader, api.key, version);
    const response = api.response.decode(reader, version);
    reader.expectEnd();
    return response;
  }

  /** A request as it goes over the wire, with its length in front. */
  frame<Request, RequestInput, Response, ResponseInput>(
    api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
    version: number,
    request: RequestInput,
  ): Buffer {
    const writer = new Writer();
    writer.beginFrame();
    const correlationId = this.#correlationId++;
    encodeRequestHeader(writer, { apiKey: api.key, apiVersion: version, correlationId, clientId: "e2e" });
    api.request.encode(writer, request, version);
    return Buffer.concat(writer.finishFrame());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      this.#waiting.shift()?.resolve(this.#received.subarray(4, end));
      this.#received = this.#received.subarray(end);
    }
  }
}
