import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

export type MessageKind = "request" | "response" | "key" | "value" | "data" | "header";

/** The versions in which a message exists. */
export interface VersionRange {
  readonly minVersion: number;
  /** Inclusive. */
  readonly maxVersion: number;
  /** The first version with compact types and tagged fields (KIP-482); infinity when there is none. */
  readonly flexibleFrom: number;
  /** `maxVersion` may still change; Kafka does not advertise it. */
  readonly latestVersionUnstable: boolean;
}

/** How one message is written and read. Both directions throw a ProtocolError for a version out of range. */
export interface MessageCodec<Decoded, Input> extends VersionRange {
  readonly name: string;
  readonly kind: MessageKind;
  encode(writer: Writer, message: Input, version: number): void;
  decode(reader: Reader, version: number): Decoded;
}

export interface ApiDescription extends VersionRange {
  readonly key: number;
  readonly name: string;
  /** Where Kafka serves it. */
  readonly listeners: readonly ("broker" | "controller")[];
}

export interface ApiCodec<Request, RequestInput, Response, ResponseInput> extends ApiDescription {
  readonly request: MessageCodec<Request, RequestInput>;
  readonly response: MessageCodec<Response, ResponseInput>;
}

/**
 * A record of a coordinator's log topic. In the log, key and value each begin with an int16 that is not part of
 * these messages: `type` in front of the key, the value's version in front of the value.
 */
export interface LogRecordCodec<Key, KeyInput, Value, ValueInput> {
  readonly type: number;
  readonly name: string;
  readonly log: "group" | "share" | "transaction";
  readonly key: MessageCodec<Key, KeyInput>;
  readonly value: MessageCodec<Value, ValueInput>;
}

/** A codec whose messages are not known by type: `never` can be given any, and nothing can be passed in unchecked. */
export type AnyMessageCodec = MessageCodec<unknown, never>;
export type AnyApiCodec = ApiCodec<unknown, never, unknown, never>;
export type AnyLogRecordCodec = LogRecordCodec<unknown, never, unknown, never>;
