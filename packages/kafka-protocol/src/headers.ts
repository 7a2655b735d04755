import { requestHeaderVersion, responseHeaderVersion } from "./api-table.ts";
import {
  decodeResponseHeader as decodeResponseVersion,
  decodeRequestHeader as decodeVersion,
  encodeResponseHeader as encodeResponseVersion,
  encodeRequestHeader as encodeVersion,
} from "./generated/headers.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** What stands at the same place in the header of every request, of whatever API and version. */
export interface RequestHeaderPeek {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
}

export interface RequestHeader extends RequestHeaderPeek {
  readonly clientId: string | null;
}

/**
 * Reads the start of a request without moving the reader. Works for APIs and versions that nobody knows, so
 * that they can be refused, or answered where the protocol says so (ApiVersions).
 */
export function peekRequestHeader(reader: Reader): RequestHeaderPeek {
  const start = reader.position;
  const peek = { apiKey: reader.int16(), apiVersion: reader.int16(), correlationId: reader.int32() };
  reader.position = start;
  return peek;
}

/** Reads a request's header, in the version that belongs to its API and version. The body follows. */
export function decodeRequestHeader(reader: Reader): RequestHeader {
  const { apiKey, apiVersion } = peekRequestHeader(reader);
  const { correlationId, clientId } = decodeVersion(reader, requestHeaderVersion(apiKey, apiVersion));
  return { apiKey, apiVersion, correlationId, clientId };
}

export function encodeRequestHeader(writer: Writer, header: RequestHeader): void {
  const { apiKey, apiVersion, correlationId, clientId } = header;
  encodeVersion(
    writer,
    { requestApiKey: apiKey, requestApiVersion: apiVersion, correlationId, clientId },
    requestHeaderVersion(apiKey, apiVersion),
  );
}

/** Reads the header of the response to a request of this API and version; returns the correlation id. */
export function decodeResponseHeader(reader: Reader, apiKey: number, apiVersion: number): number {
  return decodeResponseVersion(reader, responseHeaderVersion(apiKey, apiVersion)).correlationId;
}

export function encodeResponseHeader(
  writer: Writer,
  apiKey: number,
  apiVersion: number,
  correlationId: number,
): void {
  encodeResponseVersion(writer, { correlationId }, responseHeaderVersion(apiKey, apiVersion));
}
