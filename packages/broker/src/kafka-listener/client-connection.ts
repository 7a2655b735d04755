import type { ResponseRoom } from "../core/response-room.ts";
import type { ClientSoftware } from "../request-context.ts";

/** What is known of the client at the other end. Handlers of ApiVersions and SASL fill in what it tells. */
export interface ClientConnection {
  readonly id: number;
  readonly listener: string;
  readonly clientAddress: string;
  /** For what it is sent. */
  readonly room: ResponseRoom;
  /** Undefined until authenticated. */
  principal: string | undefined;
  software: ClientSoftware | undefined;
}
