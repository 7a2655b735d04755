import type { ByteStream } from "@millrace/runtime";
import { ANONYMOUS } from "./principal.ts";

export interface SecuredStream {
  /** What the listener reads and writes from here on: with TLS, the plain text. */
  readonly stream: ByteStream;
  /** Undefined until the client has authenticated itself (SASL). */
  readonly principal: string | undefined;
}

/** How a listener's connections are secured (`listener.security.protocol.map`). */
export interface SecurityProtocol {
  readonly name: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  secure(stream: ByteStream): SecuredStream;
}

export const plaintext: SecurityProtocol = {
  name: "PLAINTEXT",
  secure: (stream) => ({ stream, principal: ANONYMOUS }),
};
