import {
  ApiKey,
  decodeRequestHeader,
  encodeResponseHeader,
  ProtocolError,
  Reader,
  type RequestHeader,
  Writer,
} from "@millrace/kafka-protocol";
import { InvariantViolation, type MaybePromise, type Span, toApiError } from "@millrace/runtime";
import { unsupportedApiVersions } from "../apis/api-versions.ts";
import type { EncodeResponse, KafkaApi, ParsedRequest } from "../apis/kafka-api.ts";
import { KafkaRequestContext } from "../apis/kafka-request-context.ts";
import type { ApiRegistry } from "../apis/registry.ts";
import type { Broker } from "../broker.ts";
import { type Answer, CloseConnection, noAnswer } from "./answer.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { Frame } from "./frame.ts";

/** What a client may ask before it has authenticated itself. */
const beforeAuthentication: ReadonlySet<number> = new Set<number>([
  ApiKey.ApiVersions,
  ApiKey.SaslHandshake,
  ApiKey.SaslAuthenticate,
]);

/** Finds the API that a request is for, has it answered, and writes the response. */
export class RequestDispatcher {
  readonly #registry: ApiRegistry;
  readonly #broker: Broker;

  constructor(registry: ApiRegistry, broker: Broker) {
    this.#registry = registry;
    this.#broker = broker;
  }

  /** Throws, or rejects with, `CloseConnection` and nothing else. */
  dispatch(connection: ClientConnection, frame: Frame): MaybePromise<Answer> {
    const reader = new Reader(frame.bytes);
    const header = readHeader(reader);
    const api = this.#registry.get(header.apiKey);
    if (api === undefined) throw new CloseConnection(`no API has the key ${header.apiKey}`);
    const { apiVersion } = header;
    if (apiVersion < api.versions.min || apiVersion > api.versions.max) {
      if (api.key === ApiKey.ApiVersions)
        return writeAnswer(header, 0, unsupportedApiVersions(api), 0, undefined);
      throw new CloseConnection(`${api.name} version ${apiVersion} is not served`);
    }
    if (connection.principal === undefined && !beforeAuthentication.has(api.key)) {
      throw new CloseConnection(`${api.name} before authentication`);
    }
    const request = parse(api, reader, apiVersion);
    if (api.needsFrameUntil === "parsed") frame.release();
    const answer = new Call(this.#broker, api, header, connection, request, frame.bytes.length).start();
    if (api.needsFrameUntil === "handled") frame.endReading();
    return answer;
  }
}

/** One request on its way through a handler. */
class Call {
  readonly #broker: Broker;
  readonly #api: KafkaApi;
  readonly #header: RequestHeader;
  readonly #request: ParsedRequest;
  readonly #context: KafkaRequestContext;
  readonly #span: Span;
  readonly #requestBytes: number;
  readonly #startedMs: number;

  constructor(
    broker: Broker,
    api: KafkaApi,
    header: RequestHeader,
    connection: ClientConnection,
    request: ParsedRequest,
    requestBytes: number,
  ) {
    this.#broker = broker;
    this.#api = api;
    this.#header = header;
    this.#request = request;
    this.#requestBytes = requestBytes;
    this.#span = broker.runtime.tracer.startSpan(api.name);
    this.#context = new KafkaRequestContext(
      connection,
      api.name,
      header.apiVersion,
      header.clientId ?? "",
      this.#span.context,
    );
    this.#startedMs = broker.runtime.clocks.liveness.monotonicMs();
  }

  start(): MaybePromise<Answer> {
    try {
      const response = this.#request.handle(this.#context, this.#broker);
      return response instanceof Promise
        ? response.then(
            (later) => this.#answer(later),
            (error: unknown) => this.#refuse(error),
          )
        : this.#answer(response);
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #answer(response: EncodeResponse | undefined, failure?: unknown): Answer {
    const { runtime, quotas, metrics } = this.#broker;
    const context = this.#context;
    const durationMs = runtime.clocks.liveness.monotonicMs() - this.#startedMs;
    context.throttle(quotas.recordRequest(context, durationMs));
    const answer =
      response === undefined
        ? { ...noAnswer, throttleTimeMs: context.throttleTimeMs, sent: context.sent }
        : this.#write(response);
    const labels = { api: this.#api.name };
    metrics.millrace_broker_requests_total.add(1, labels);
    metrics.millrace_broker_request_bytes_total.add(this.#requestBytes, labels);
    metrics.millrace_broker_request_duration_seconds.observe(durationMs / 1_000, labels);
    if (answer.chunks !== undefined) {
      let bytes = 0;
      for (const chunk of answer.chunks) bytes += chunk.length;
      metrics.millrace_broker_response_bytes_total.add(bytes, labels);
    }
    this.#span.end(failure);
    return answer;
  }

  #write(response: EncodeResponse): Answer {
    const { throttleTimeMs, sent } = this.#context;
    try {
      return writeAnswer(this.#header, this.#header.apiVersion, response, throttleTimeMs, sent);
    } catch (error) {
      this.#broker.runtime.logger.error({ err: error, api: this.#api.name }, "a response cannot be written");
      sent?.();
      throw new CloseConnection(`${this.#api.name} failed`);
    }
  }

  /** The request failed as a whole: with the response that its API has for that, else with the connection. */
  #refuse(thrown: unknown): Answer {
    const { runtime, metrics } = this.#broker;
    if (thrown instanceof CloseConnection) {
      this.#context.sent?.();
      this.#span.end(thrown);
      throw thrown;
    }
    metrics.millrace_broker_request_errors_total.add(1, { api: this.#api.name });
    const error = toApiError(thrown);
    if (thrown instanceof InvariantViolation) runtime.fail(thrown);
    else if (error.id === "UNKNOWN_SERVER_ERROR") {
      runtime.logger.error({ err: thrown, api: this.#api.name }, "a request failed unexpectedly");
    }
    const response = this.#request.refuse(error);
    if (response !== undefined) return this.#answer(response, error);
    this.#context.sent?.();
    this.#span.end(error);
    throw new CloseConnection(`${this.#api.name} failed with ${error.id}`);
  }
}

function readHeader(reader: Reader): RequestHeader {
  try {
    return decodeRequestHeader(reader);
  } catch (error) {
    if (error instanceof ProtocolError) throw new CloseConnection(`no request header: ${error.message}`);
    throw error;
  }
}

function parse(api: KafkaApi, reader: Reader, version: number): ParsedRequest {
  try {
    return api.parse(reader, version);
  } catch (error) {
    if (error instanceof ProtocolError) {
      throw new CloseConnection(`not a ${api.name} request of version ${version}: ${error.message}`);
    }
    throw error;
  }
}

function writeAnswer(
  header: RequestHeader,
  version: number,
  response: EncodeResponse,
  throttleTimeMs: number,
  sent: (() => void) | undefined,
): Answer {
  const writer = new Writer();
  writer.beginFrame();
  encodeResponseHeader(writer, header.apiKey, version, header.correlationId);
  response(writer, version, throttleTimeMs);
  return { chunks: writer.finishFrame(), throttleTimeMs, sent };
}
