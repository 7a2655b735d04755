import type { ApiCodec, Reader, Writer } from "@millrace/kafka-protocol";
import type { ApiError, MaybePromise } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";
import type { ServedApi, ServedVersions } from "./served-api.ts";

/**
 * Until when a request needs the memory of its frame.
 *
 * `answered`: to its end; what it holds may be views of the frame.
 * `handled`: what it needs of the frame is copied before `handle` returns its promise, into memory that holds it for as
 * long as the answer takes. It counts by the frame, whose own memory is another's in the meantime.
 * `parsed`: nothing of it is a view of the frame, and it may wait for as long as its client wants: it does so without it.
 */
export type FrameUse = "answered" | "handled" | "parsed";

/** One API as its file writes it. `Answer` is the response without `throttleTimeMs`, which is added for everyone. */
export interface KafkaApiDefinition<Request, RequestInput, Response, ResponseInput> {
  readonly api: ApiCodec<Request, RequestInput, Response, ResponseInput>;
  readonly versions: ServedVersions;
  /** `answered` when left out. */
  readonly needsFrameUntil?: FrameUse;
  /**
   * Answers a request, per item where the protocol has errors per item. It is called in the order in which requests
   * came, and what has to keep that order happens before it returns its promise. Undefined: no response is owed
   * (acks=0). Throws, or rejects with, what `refuse` answers; `CloseConnection` closes the connection.
   */
  handle(
    request: Request,
    context: KafkaRequestContext,
    broker: Broker,
  ): MaybePromise<ResponseInput | undefined>;
  /** The response to a request that failed as a whole. Without it the connection is closed. */
  refuse?(request: Request, error: ApiError): ResponseInput;
}

/** The same API with its types closed over: what the registry holds. */
export interface KafkaApi extends ServedApi {
  readonly needsFrameUntil: FrameUse;
  /** Throws `ProtocolError` when the bytes are no such request. */
  parse(reader: Reader, version: number): ParsedRequest;
}

export interface ParsedRequest {
  /** Undefined: no response is owed. */
  handle(context: KafkaRequestContext, broker: Broker): MaybePromise<EncodeResponse | undefined>;
  /** Undefined: this API has no way to say so. */
  refuse(error: ApiError): EncodeResponse | undefined;
}

/** Writes the body; the throttle time is known only after everything else. */
export type EncodeResponse = (writer: Writer, version: number, throttleTimeMs: number) => void;

export function defineApi<Request, RequestInput, Response, ResponseInput extends object>(
  definition: KafkaApiDefinition<Request, RequestInput, Response, ResponseInput>,
): KafkaApi {
  const { api, versions, needsFrameUntil = "answered" } = definition;
  const encoded =
    (response: ResponseInput): EncodeResponse =>
    (writer, version, throttleTimeMs) =>
      api.response.encode(writer, throttleTimeMs === 0 ? response : { ...response, throttleTimeMs }, version);
  const maybeEncoded = (response: ResponseInput | undefined): EncodeResponse | undefined =>
    response === undefined ? undefined : encoded(response);
  return {
    key: api.key,
    name: api.name,
    versions,
    needsFrameUntil,
    parse(reader, version) {
      const request = api.request.decode(reader, version);
      return {
        handle(context, broker) {
          const response = definition.handle(request, context, broker);
          return response instanceof Promise ? response.then(maybeEncoded) : maybeEncoded(response);
        },
        refuse: (error) =>
          definition.refuse === undefined ? undefined : encoded(definition.refuse(request, error)),
      };
    },
  };
}
