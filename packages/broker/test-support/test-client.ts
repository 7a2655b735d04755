import {
  type ApiCodec,
  decodeResponseHeader,
  encodeRequestHeader,
  Reader,
  Writer,
} from "@millrace/kafka-protocol";
import type { ByteStream, ByteStreamHandler } from "@millrace/runtime";

/** A client that says what it is told to, right or wrong. */
export class TestClient implements ByteStreamHandler {
  readonly stream: ByteStream;
  /** What came back and was not taken yet. */
  #received: Buffer = Buffer.alloc(0);
  #closed = false;
  #wake: (() => void)[] = [];
  #nextCorrelationId = 1;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.start(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    this.#wakeAll();
  }

  onDrain(): void {}

  onClose(): void {
    this.#closed = true;
    this.#wakeAll();
  }

  /** Sends a request and returns its response. Rejects when the connection closes instead. */
  async call<Request, RequestInput, Response, ResponseInput>(
    api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
    version: number,
    request: RequestInput,
  ): Promise<Response> {
    this.send(api, version, request);
    return this.receive(api, version);
  }

  /** Returns the correlation id. */
  send<Request, RequestInput, Response, ResponseInput>(
    api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
    version: number,
    request: RequestInput,
  ): number {
    const correlationId = this.#nextCorrelationId++;
    this.stream.write(requestFrame(api, version, request, correlationId));
    return correlationId;
  }

  async receive<Request, RequestInput, Response, ResponseInput>(
    api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
    version: number,
  ): Promise<Response> {
    const reader = new Reader(await this.receiveFrame());
    decodeResponseHeader(reader, api.key, version);
    const response = api.response.decode(reader, version);
    reader.expectEnd();
    return response;
  }

  /** The next response without its length. */
  async receiveFrame(): Promise<Buffer> {
    for (;;) {
      if (this.#received.length >= 4) {
        const end = 4 + this.#received.readInt32BE(0);
        if (this.#received.length >= end) {
          const frame = this.#received.subarray(4, end);
          this.#received = this.#received.subarray(end);
          return frame;
        }
      }
      if (this.#closed) throw new Error("the broker closed the connection");
      await this.#news();
    }
  }

  async untilClosed(): Promise<void> {
    while (!this.#closed) await this.#news();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

export function requestFrame<Request, RequestInput, Response, ResponseInput>(
  api: ApiCodec<Request, RequestInput, Response, ResponseInput>,
  version: number,
  request: RequestInput,
  correlationId = 1,
): Buffer[] {
  const writer = new Writer();
  writer.beginFrame();
  encodeRequestHeader(writer, { apiKey: api.key, apiVersion: version, correlationId, clientId: "test" });
  api.request.encode(writer, request, version);
  return writer.finishFrame();
}
